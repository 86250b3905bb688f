import { expect, test } from "vitest";
import { judge } from "../../src/campaign/checks/index.ts";
import { parseLedger, whole } from "../../src/campaign/ledger.ts";
import { sightingOf } from "../../src/campaign/record.ts";
import { reportOn } from "../../src/crash/report.ts";
import { type Forgery, goodStory, slug } from "./forged.ts";

test("a good story has no problems, and its counts are right", () => {
  expect(reportOn(goodStory().evidence)).toMatchObject({
    kills: 1,
    interrupting: 1,
    insideStep: 1,
    runs: 8,
    steps: 15,
    executions: 18,
    cutOff: 1,
    unrecorded: 0,
    problems: [],
  });
});

/** What may go wrong, how it shows, and what is said about it. */
const forgeries: [string, (story: Forgery) => void, RegExp][] = [
  [
    "a recorded step runs again",
    (story) => story.executed("seq", "last", 0, "v-again"),
    /step last of run seq .*attempt 0 ran again after it was recorded/,
  ],
  [
    "a recorded failure runs again",
    (story) => story.journal.splice(-2, 0, "begin undo undo 0 v-again", "end undo undo 0 v-again"),
    /attempt 0 ran after attempt 1/,
  ],
  ["a recorded step begins again and is cut off", cutOffAgain, /attempt 0 ran again after it was recorded/],
  [
    "a recorded step runs again and overwrites its record",
    overwriteSecond,
    /second began after step last had begun/,
  ],
  [
    "a record that the API had shown is another one",
    overwriteLast,
    /attempt 0 was v-last, and is now v-again/,
  ],
  [
    "a step begins again after the API had shown its result",
    overwriteLast,
    /began again after the API had shown it/,
  ],
  [
    "a record is of an execution that never ended",
    (story) => story.journal.splice(story.journal.indexOf("end seq last 0 v-last"), 1),
    /attempt 0 is recorded and never ended/,
  ],
  [
    "a bulk cancellation comes to no end",
    (story) => story.jobs.push({ id: "b1", status: "running" }),
    /the bulk cancellation b1 is running/,
  ],
  ["an attempt is left out", (story) => story.executed("seq", "last", 2, "v-late"), /attempt 1 was skipped/],
  [
    "a result comes out of nowhere",
    (story) => story.recorded("undo", "extra", "v-nowhere"),
    /step extra of run undo has a result and was never executed/,
  ],
  [
    "steps of an unknown run are executed",
    (story) => story.executed("ghost", "first", 0, "v-ghost"),
    /steps of run ghost ran, and it is not there/,
  ],
  [
    "a run's output is not what was recorded",
    (story) => Object.assign(story.find("seq"), { output: { first: "v-other" } }),
    /run seq .* saw .*v-other/,
  ],
  [
    "an acknowledged event is lost",
    (story) => without(story, "events", "internal_id", "e-seq"),
    /event e-seq .* was acknowledged and is lost/,
  ],
  [
    "an acknowledged event has no run",
    (story) => without(story, "runs", "id", "seq"),
    /event e-seq work\/sequence started \[\] instead of \[crash-sequence\]/,
  ],
  [
    "an event has two runs",
    (story) => story.run("twin", slug("sequence"), { eventId: "e-seq" }),
    /started \[crash-sequence,crash-sequence\]/,
  ],
  [
    "an event is there twice",
    (story) => story.event("e-twin", "work/sequence", { key: "k1" }),
    /the event work\/sequence k1 is there 2 times/,
  ],
  [
    "half a batch arrives",
    (story) => story.courier.doubtful.push(["k1", "k9"]),
    /of the batch k1 k9 only k1 arrived/,
  ],
  [
    "a run never ends",
    (story) => Object.assign(story.find("seq"), { status: "RUNNING" }),
    /run seq of crash-sequence is RUNNING/,
  ],
  [
    "a run ends twice",
    (story) => story.event("e-twin", "inngest/function.finished", { run_id: "seq" }),
    /run seq of crash-sequence announced its end 2 times/,
  ],
  [
    "a defer fires twice",
    (story) => story.run("twin", slug("release"), { eventId: "e-undo", parent: { runId: "order" } }),
    /has the children {"crash-release":2} instead of {"crash-release":1}/,
  ],
  [
    "a cancelled defer fires",
    (story) => story.run("extra", slug("refund"), { eventId: "e-undo", parent: { runId: "order" } }),
    /has the children {"crash-release":1,"crash-refund":1} instead of/,
  ],
  [
    "a defer does not fire",
    (story) => without(story, "runs", "id", "undo"),
    /has the children {} instead of {"crash-release":1}/,
  ],
  [
    "a cancelled run goes on",
    (story) => story.executed("long", "s1", 0, "v-s1"),
    /run long began 1 steps after it was cancelled/,
  ],
  [
    "a cancelled run completes",
    (story) => Object.assign(story.find("long"), { status: "COMPLETED" }),
    /run long was cancelled, and is COMPLETED/,
  ],
];

test.each(forgeries)("noticed: %s", (_, forge, complaint) => {
  const story = goodStory();
  forge(story);
  expect(judge(story.evidence)).toContainEqual(expect.stringMatching(complaint));
});

test("what a call still does after its run was taken over is not counted against the run", () => {
  const story = takenOver();
  story.journal.push("begin seq last 0 v-late 1", "end seq last 0 v-late");
  expect(judge(story.evidence)).toEqual([]);
});

test("noticed: what a call did after its run was taken over is recorded", () => {
  const story = takenOver();
  story.journal.push("begin seq last 0 v-late 1", "end seq last 0 v-late");
  story.recorded("seq", "last", "v-late");
  expect(judge(story.evidence)).toContainEqual(expect.stringMatching(/recorded as v-late and not as v-last/));
});

test("noticed: a step that was recorded runs again for the node that took over", () => {
  const story = takenOver();
  story.journal.push("begin seq last 0 v-late 3", "end seq last 0 v-late");
  expect(judge(story.evidence)).toContainEqual(expect.stringMatching(/ran again after it was recorded/));
});

test.each([
  ["end seq first 0 v1"],
  ["begin seq first 0 v1\nbegin seq first 0 v1"],
  ["begin seq first 0 v1\nend seq first 0 v1\nend seq first 0 v1"],
  ["began seq first 0 v1"],
  ["begin seq first"],
])("no ledger: %j", (text) => {
  expect(() => parseLedger(whole(text.split("\n")))).toThrow(/ledger/);
});

test("a line that was cut off by a kill is as if it had never been begun", () => {
  const text = `${whole(["begin seq first 0 v1"])}\nend seq fi\n${whole(["begin seq last 0 v2"])}`;
  expect(parseLedger(text).map(({ value, endedAt }) => [value, endedAt])).toEqual([
    ["v1", undefined],
    ["v2", undefined],
  ]);
});

/** The good story, told by two nodes: `seq` was taken over when it had been cut off. */
function takenOver(): Forgery {
  const story = goodStory();
  story.journal = story.journal.map((line, i) =>
    line.startsWith("begin seq ") ? `${line} ${i === 0 ? 1 : 2}` : line,
  );
  for (const cancellation of story.courier.cancellations) cancellation.ledgerBytes = story.ledgerBytes;
  return story;
}

function cutOffAgain(story: Forgery): void {
  story.journal.push("begin seq last 0 v-again");
}

/** The last word is in order: only that a later step had begun tells that there had been another. */
function overwriteSecond(story: Forgery): void {
  story.executed("seq", "second", 0, "v-again");
  story.recorded("seq", "second", "v-again");
  Object.assign(story.find("seq").output as object, { second: "v-again" });
}

/** The last word is in order, and no step comes after: only that somebody had looked tells. */
function overwriteLast(story: Forgery): void {
  story.courier.sightings.push(sightingOf(story.trace("seq"), story.ledgerBytes));
  story.executed("seq", "last", 0, "v-again");
  story.recorded("seq", "last", "v-again");
  Object.assign(story.find("seq").output as object, { last: "v-again" });
}

function without<List extends "events" | "runs">(
  story: Forgery,
  list: List,
  field: keyof Forgery[List][number],
  value: string,
): void {
  const rows = story[list] as Forgery[List][number][];
  Object.assign(story, { [list]: rows.filter((row) => row[field] !== value) });
}
