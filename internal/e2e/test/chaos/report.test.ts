import { expect, test } from "vitest";
import { reportOn } from "../../src/chaos/report.ts";
import { goodStory } from "../crash/forged.ts";

const blow = { kind: "kill", whom: "a", held: 3, hasHit: true };

test("a take-over in time is nothing to tell, a late one is told, one that never came is a problem", () => {
  const blows = [
    { ...blow, recoveryMs: 3_900, isLate: false, isLost: false },
    { ...blow, whom: "b", recoveryMs: 4_100, isLate: true, isLost: false },
    { ...blow, whom: "c", recoveryMs: 24_000, isLate: true, isLost: true },
  ];
  const lost = "kill of c: 3 runs not recovered before 24000 ms";
  expect(reportOn({ ...goodStory().evidence, blows })).toMatchObject({
    blows: 3,
    kinds: { kill: { count: 3, hit: 3, held: 9, recoveryMs: 24_000 } },
    problems: [lost],
    late: ["kill of b: 3 runs not recovered before 4100 ms", lost],
  });
});
