import { Stage, type TraceView } from "@stepfast-examples/stage";
import { StepError } from "inngest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addData } from "../src/add-data.ts";
import { inngest } from "../src/client.ts";
import { generateResult } from "../src/generate-result.ts";
import {
  addDetail,
  createRow,
  dallE,
  midjourney,
  pusher,
  removeRow,
  rows,
  services,
  updateMetric,
} from "../src/services.ts";

/** What the unhandled failure of a step looks like to the function. */
let caught: unknown;

const observed = inngest.createFunction({ id: "observed" }, { event: "observed" }, async ({ step }) => {
  try {
    await step.run("update-metric", () => updateMetric());
  } catch (error) {
    caught = error;
    throw error;
  }
});

// As printed, where the models are left out: a step that returns nothing has the result null.
const placeholder = inngest.createFunction(
  { id: "placeholder" },
  { event: "placeholder" },
  async ({ step }) => {
    let imageURL: string | null = "none yet";
    imageURL = await step.run("generate-image-dall-e", () => {
      // open api call to generate image...
    });
    return { imageURL };
  },
);

let stage: Stage;

beforeEach(async () => {
  for (const service of services) service.reset();
  rows.clear();
  caught = undefined;
  stage = await Stage.open({ client: inngest, functions: [generateResult, addData, observed, placeholder] });
});

afterEach(() => stage.close());

async function runOf(functionId: string, event: { name: string; data: object }) {
  await inngest.send(event);
  const { id } = await stage.theRun(functionId);
  return { run: await stage.finish(id), trace: await stage.trace(id) };
}

function steps({ rootSpan }: TraceView): [name: string, status: string][] {
  return rootSpan.children.map((span) => [span.name, span.status]);
}

describe("a fallback", () => {
  const generate = () =>
    runOf("studio-generate-result", { name: "prompt.created", data: { prompt: "a cat", channelID: "c1" } });

  test("is not needed where the first model answers", async () => {
    const { run, trace } = await generate();

    expect(run.status).toBe("COMPLETED");
    expect(steps(trace)).toEqual([
      ["generate-image-dall-e", "COMPLETED"],
      ["notify-user", "COMPLETED"],
    ]);
    expect(pusher.trigger.calls).toEqual([
      ["c1", "image-result", { imageURL: "dall-e://a cat", via: "dall-e" }],
    ]);
  });

  test("takes over once the first model has used up its retries", async () => {
    dallE.generate.fail();

    const { run, trace } = await generate();

    expect(run.status).toBe("COMPLETED");
    expect(dallE.generate.calls).toHaveLength(5);
    expect(midjourney.generate.calls).toEqual([["a cat"]]);
    expect(steps(trace)).toEqual([
      ["generate-image-dall-e", "FAILED"],
      ["generate-image-midjourney", "COMPLETED"],
      ["notify-user", "COMPLETED"],
    ]);
    const image = { imageURL: "midjourney://a cat", via: "midjourney" };
    expect(pusher.trigger.calls).toEqual([["c1", "image-result", image]]);
  });

  test("is not needed for an error that a retry cures", async () => {
    dallE.generate.fail({ times: 4 });

    const { run } = await generate();

    expect(run.status).toBe("COMPLETED");
    expect(midjourney.generate.calls).toEqual([]);
    expect(pusher.trigger.calls[0]?.[2]).toMatchObject({ via: "dall-e" });
  });

  test("a step that returns nothing gives null", async () => {
    const { run } = await runOf("studio-placeholder", { name: "placeholder", data: {} });

    expect(run).toMatchObject({ status: "COMPLETED", output: { imageURL: null } });
  });

  test("that fails too fails the function", async () => {
    dallE.generate.fail();
    midjourney.generate.fail();

    const { run } = await generate();

    expect(run).toMatchObject({
      status: "FAILED",
      output: { message: "midjourney.generate is out of order" },
    });
    expect(midjourney.generate.calls).toHaveLength(5);
    expect(pusher.trigger.calls).toEqual([]);
  });
});

describe("simple rollbacks", () => {
  const add = () =>
    runOf("studio-add-data", { name: "app/row.data.added", data: { rowId: "r1", entry: "first" } });

  test("nothing is rolled back where nothing fails", async () => {
    const { run, trace } = await add();

    expect(run.status).toBe("COMPLETED");
    expect(steps(trace)).toEqual([
      ["non-critical-step", "COMPLETED"],
      ["create-row", "COMPLETED"],
    ]);
    expect([...rows]).toEqual(["r1"]);
  });

  test("a step whose failure is ignored may fail", async () => {
    updateMetric.fail();

    const { run, trace } = await add();

    expect(run.status).toBe("COMPLETED");
    expect(updateMetric.calls).toHaveLength(5);
    expect(steps(trace)).toEqual([
      ["non-critical-step", "FAILED"],
      ["create-row", "COMPLETED"],
    ]);
    expect(createRow.done).toHaveLength(1);
  });

  test("the rollback step runs once the step has used up its retries", async () => {
    addDetail.fail();

    const { run, trace } = await add();

    expect(run.status).toBe("COMPLETED");
    expect(addDetail.calls).toHaveLength(5);
    expect(steps(trace)).toEqual([
      ["non-critical-step", "COMPLETED"],
      ["create-row", "FAILED"],
      ["rollback-row-creation", "COMPLETED"],
    ]);
    expect(removeRow.done).toEqual([["r1"]]);
    expect([...rows]).toEqual([]);
  });

  test("a rollback is a step: it is retried, too", async () => {
    addDetail.fail();
    removeRow.fail({ times: 2 });

    const { run } = await add();

    expect(run.status).toBe("COMPLETED");
    expect(removeRow.calls).toHaveLength(3);
    expect(removeRow.done).toHaveLength(1);
  });

  test("a rollback that fails fails the function", async () => {
    addDetail.fail();
    removeRow.fail();

    const { run } = await add();

    expect(run).toMatchObject({ status: "FAILED", output: { message: "removeRow is out of order" } });
  });
});

test("a failing step throws a StepError; unhandled, it fails the function, which is not tried again", async () => {
  updateMetric.fail({ error: () => new TypeError("no metrics today") });

  const { run, trace } = await runOf("studio-observed", { name: "observed", data: {} });

  expect(caught).toBeInstanceOf(StepError);
  expect(caught).toMatchObject({ stepId: "update-metric", name: "TypeError", message: "no metrics today" });
  expect(run).toMatchObject({ status: "FAILED", output: { name: "TypeError", message: "no metrics today" } });
  expect(updateMetric.calls).toHaveLength(5);
  expect(trace.rootSpan.attempts).toBe(0);
});
