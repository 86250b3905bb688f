import { expect, test } from "vitest";
import { checkLanes } from "../../src/campaign/checks/lanes.ts";
import type { Evidence } from "../../src/campaign/evidence.ts";
import { parseLedger, whole } from "../../src/campaign/ledger.ts";
import type { LostConnection } from "../../src/campaign/zombies.ts";
import { goodStory, slug } from "./forged.ts";

/** Runs a, b and c of a function that two may be at work in. */
function problemsOf(lines: string[], lost: LostConnection[] = []): string[] {
  const { evidence } = goodStory();
  const runs = ["a", "b", "c"].map((id) => ({ ...evidence.runs[0], id, function: { id: slug("narrow") } }));
  const forged = { ...evidence, runs, executions: parseLedger(whole(lines)), lost } as Evidence;
  return [...checkLanes(forged)];
}

const ends = ["end a in 0 1", "end b in 0 2", "end c in 0 3"];

test("as many runs at work as may be are no problem", () => {
  const lines = ["begin a in 0 1", "begin b in 0 2", "end a in 0 1", "begin c in 0 3", "end b in 0 2"];
  expect(problemsOf([...lines, "end c in 0 3"])).toEqual([]);
});

test("one more is", () => {
  expect(problemsOf(["begin a in 0 1", "begin b in 0 2", "begin c in 0 3", ...ends])).toEqual([
    "3 runs of crash-narrow were at work at once, and 2 may be",
  ]);
});

test("nor does what a worker goes on with that was lost", () => {
  const lines = [
    "begin a in 0 1 1",
    "begin b in 0 2 1",
    "begin a in 1 4 1",
    "end a in 1 4",
    "begin c in 0 3 1",
  ];
  expect(problemsOf([...lines, ...ends])).toEqual([]);
});

test("nor does what a stopped worker ends after its run was given to wait for the next attempt", () => {
  const before = ["begin a in 0 1 1 w/1", "begin b in 0 2 1 x/1"];
  const lines = [...before, "begin c in 0 3 1 x/1", ...ends];
  const ledgerBytes = whole(before).length;
  expect(problemsOf(lines, [{ connection: "w/1", ledgerBytes }])).toEqual([]);
  expect(problemsOf(lines, [{ connection: "w/2", ledgerBytes }])).toHaveLength(1);
  // What began later is of another life of the worker.
  expect(problemsOf(lines, [{ connection: "w/1", ledgerBytes: 0 }])).toHaveLength(1);
});

test("what a run did before it was taken over does not count from then on", () => {
  const lines = [
    "begin a in 0 1 1",
    "begin b in 0 2 1",
    "begin a in 0 4 2",
    "end a in 0 4",
    "begin c in 0 3 1",
  ];
  expect(problemsOf([...lines, ...ends])).toEqual([]);
});
