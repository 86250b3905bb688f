import { expect, test } from "vitest";
import { judge } from "../../src/campaign/checks/index.ts";
import { undoOf } from "../../src/campaign/workshop.ts";
import { goodStory, slug } from "./forged.ts";

/** Of a run that did these steps, ended so, and undid those. */
function problemsOf(status: string, done: string[], undone: string[]): string[] {
  const story = goodStory();
  const failsAfter = status === "COMPLETED" ? "all" : done.at(-1);
  story.sent("e-undoing", "work/undoing", { key: "k9", failsAfter: failsAfter ?? "" });
  const output = Object.fromEntries(done.map((step) => [step, `did-${step}`]));
  story.run("u", slug("undoing"), { eventId: "e-undoing", status, output });
  for (const step of done) story.executed("u", step, 0, `did-${step}`);
  for (const step of done) story.recorded("u", step, `did-${step}`);
  for (const step of undone) {
    story.executed("u", undoOf(step), 0, `did-undo-${step}`);
    story.recorded("u", undoOf(step), `did-undo-${step}`);
  }
  story.finished("u");
  return judge(story.evidence);
}

const all = ["book", "charge", "ship"];

test("what is done is undone, the last one first, unless the run succeeds", () => {
  expect(problemsOf("COMPLETED", all, [])).toEqual([]);
  expect(problemsOf("FAILED", ["book", "charge"], ["charge", "book"])).toEqual([]);
  expect(problemsOf("CANCELLED", ["book"], ["book"])).toEqual([]);
});

test.each([
  ["nothing is undone", "FAILED", ["book", "charge"], []],
  ["only the last one is", "CANCELLED", ["book", "charge"], ["charge"]],
  ["the first one is undone first", "FAILED", ["book", "charge"], ["book", "charge"]],
  ["something is undone that was never done", "FAILED", ["book"], ["charge", "book"]],
  ["what came to a good end is undone", "COMPLETED", all, ["ship"]],
])("it is noticed when %s", (_what, status, done, undone) => {
  expect(problemsOf(status, done, undone)).toContainEqual(expect.stringMatching(/run u .* undone are/));
});
