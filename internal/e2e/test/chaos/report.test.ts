import { expect, test } from "vitest";
import { reportOn } from "../../src/chaos/report.ts";
import { goodStory } from "../crash/forged.ts";

const blow = { kind: "kill", whom: "a", held: 3, hasHit: true };

test("a take-over in time is no problem, a late one is", () => {
  const blows = [
    { ...blow, recoveryMs: 3_900, isLate: false },
    { ...blow, whom: "b", recoveryMs: 4_100, isLate: true },
  ];
  expect(reportOn({ ...goodStory().evidence, blows })).toMatchObject({
    blows: 2,
    kinds: { kill: { count: 2, hit: 2, held: 6, recoveryMs: 4_100 } },
    problems: ["kill of b: 3 runs recovered after 4100 ms"],
  });
});
