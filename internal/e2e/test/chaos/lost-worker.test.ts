import { expect, test } from "vitest";
import { checkSteps } from "../../src/campaign/checks/steps.ts";
import { parseLedger, whole } from "../../src/campaign/ledger.ts";
import { withoutStrays } from "../../src/campaign/zombies.ts";
import { goodStory } from "../crash/forged.ts";

const lost = "The worker w was lost: the attempt is repeated on another one";

/** A step `pay` of which the first attempt was lost with its worker, and what the ledger says of it. */
function problemsOf(lines: string[], failures: string[]): string[] {
  const story = goodStory();
  story.recorded("order", "pay", "v-new", failures);
  const { evidence } = story;
  const others = evidence.executions.filter(({ runId, step }) => runId !== "order" || step !== "pay");
  return [...checkSteps({ ...evidence, executions: [...others, ...parseLedger(whole(lines))] })];
}

const first = "begin order pay 0 v-old 1 w/1";
const second = ["begin order pay 1 v-new 1 x/1", "end order pay 1 v-new"];

test("an attempt that is lost with its worker is followed by the next", () => {
  expect(problemsOf([first, ...second], [lost])).toEqual([]);
  expect(problemsOf([first, "end order pay 0 v-old", ...second], [lost])).toEqual([]);
});

test("an attempt that was lost and that is recorded as another one's failure is noticed", () => {
  expect(problemsOf([first, ...second], ["v-other"])).toContainEqual(expect.stringContaining("not as v-old"));
});

test("that it goes on after the next one has begun is noticed, unless its connection was given up before", () => {
  const lines = [...second, first];
  expect(problemsOf(lines, [lost])).toContainEqual(expect.stringContaining("attempt 0 ran after attempt 1"));
  const strays = (connection: string, recorded: string[]) =>
    withoutStrays(parseLedger(whole(lines)), [{ connection, ledgerBytes: 10 }], (value) =>
      recorded.includes(value),
    );
  expect(strays("w/1", ["v-new"]).map(({ value }) => value)).toEqual(["v-new"]);
  expect(strays("w/1", ["v-new", "v-old"])).toHaveLength(2);
  expect(strays("w/2", ["v-new"])).toHaveLength(2);
});
