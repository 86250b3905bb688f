import { describe, expect, it } from "vitest";
import { z } from "zod";
import { eventType, invoke } from "../../src/index.ts";
import { newClient, start } from "../inline/fake-host.ts";

const client = newClient();
const placed = eventType("order/placed", { schema: z.object({ total: z.number() }) });

const receive = (
  triggers: unknown,
  name: string,
  data: Record<string, never> | Record<string, number | string>,
) => {
  const fn = client.createFunction({ id: "f", triggers: triggers as never }, () => "ran");
  return start(fn, { event: { name, data } }).session.answer;
};

const ran = { kind: "complete", output: "ran" };
const refused = { kind: "error", noRetry: true, error: { name: "EventValidationError" } };

describe("what a function receives", () => {
  it("is checked against its trigger's schema", async () => {
    expect(await receive(placed, "order/placed", { total: 1 })).toMatchObject(ran);
    const answer = await receive({ event: placed }, "order/placed", { total: "1" });
    expect(answer).toMatchObject(refused);
    expect(answer.kind === "error" && answer.error.message).toMatch(
      /"order\/placed" does not fit its schema: total: /,
    );
  });

  it("must come by one of the triggers, where those have schemas", async () => {
    expect(await receive(placed, "other", {})).toMatchObject(refused);
    expect(await receive({ event: "order/placed" }, "other", {})).toMatchObject(ran);
  });

  it("may fit any of several schemas, and triggers may end in a star", async () => {
    const refund = eventType("order/*", { schema: z.object({ refund: z.string() }) });
    expect(await receive([placed, refund], "order/placed", { refund: "r" })).toMatchObject(ran);
    expect(await receive([placed, refund], "order/returned", { refund: "r" })).toMatchObject(ran);
    expect(await receive([placed, refund], "order/returned", { total: 1 })).toMatchObject(refused);
  });

  it("is not checked where one of the triggers takes anything", async () => {
    expect(await receive([placed, { event: "order/placed" }], "order/placed", {})).toMatchObject(ran);
  });

  it("is checked for invocations: by invoke() schemas, or else by any", async () => {
    const invoked = "inngest/function.invoked";
    expect(await receive(placed, invoked, { total: 1 })).toMatchObject(ran);
    expect(await receive(placed, invoked, {})).toMatchObject(refused);
    const both = [placed, invoke(z.object({ n: z.number() }))];
    expect(await receive(both, invoked, { n: 1 })).toMatchObject(ran);
    expect(await receive(both, invoked, { total: 1 })).toMatchObject(refused);
    expect(await receive(invoke(z.object({ n: z.number() })), invoked, { n: 1 })).toMatchObject(ran);
  });

  it("may be validated asynchronously", async () => {
    const schema = z.object({ n: z.number() }).refine(async ({ n }) => n > 0, { message: "too small" });
    expect(await receive(eventType("x", { schema }), "x", { n: 1 })).toMatchObject(ran);
    expect(await receive(eventType("x", { schema }), "x", { n: 0 })).toMatchObject(refused);
  });
});

describe("a failure handler", () => {
  const fn = client.createFunction(
    {
      id: "pay",
      triggers: placed,
      onFailure: async ({ event, error, step }) => {
        const told = await step.run("tell", () => event.data.event.data.total);
        return [error instanceof TypeError, error.message, event.data.run_id, told];
      },
    },
    () => "main",
  );
  const failed = {
    name: "inngest/function.failed",
    data: {
      function_id: "app-pay",
      run_id: "R",
      error: { name: "TypeError", message: "boom", stack: "" },
      event: { name: "order/placed", data: { total: 7 }, user: {}, id: "e", ts: 1 },
    },
  };

  it("gets the error and the original event, and has step tools", async () => {
    const { session } = start(fn, { slug: "app-pay-failure", event: failed });
    expect(await session.answer).toMatchObject({ output: [true, "boom", "R", 7] });
  });

  it("is apart from the function itself", async () => {
    const { session } = start(fn, { event: { name: "order/placed", data: { total: 1 } } });
    expect(await session.answer).toMatchObject({ output: "main" });
  });
});
