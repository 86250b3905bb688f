import { type RunView, Stage } from "@stepfast-examples/stage";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inngest } from "../src/client.ts";
import { completeCheckout, countCheckouts, processUserAction, sendEmail } from "../src/idempotency.ts";
import { sendEmail as deliver, resetServices } from "../src/services.ts";

const HOUR_MS = 3_600_000;

let stage: Stage;

beforeEach(async () => {
  resetServices();
  stage = await Stage.open({ client: inngest, functions: [countCheckouts, processUserAction, sendEmail] });
});

afterEach(() => stage.close());

/** Runs of a function that were not skipped, once all have ended. */
async function runsOf(functionId: string): Promise<RunView[]> {
  const made = await stage.runs(`my-app-${functionId}`);
  const runs = await Promise.all(made.map((run) => stage.finish(run.id)));
  return runs.filter((run) => run.status !== "SKIPPED");
}

describe("event ids", () => {
  test("an event sent twice under one id runs its functions once", async () => {
    await completeCheckout("c1");
    await completeCheckout("c1");
    await completeCheckout("c2");

    expect((await runsOf("count-checkouts")).map((run) => run.output)).toEqual(["c1", "c2"]);
  });

  test("the id is free again after 24 hours", async () => {
    await completeCheckout("c1");
    await stage.clock.advance(24 * HOUR_MS - 1);
    await completeCheckout("c1");
    expect(await runsOf("count-checkouts")).toHaveLength(1);

    await stage.clock.advance(1);
    await completeCheckout("c1");

    expect(await runsOf("count-checkouts")).toHaveLength(2);
  });
});

describe("function idempotency", () => {
  const checkout = (cartId: string) =>
    inngest.send({ name: "cart/checkout.completed", data: { cartId, email: "user@example.com" } });

  test("different events of one key run the function once", async () => {
    await checkout("c1");
    await checkout("c1");
    await checkout("c2");

    expect(await runsOf("send-checkout-email")).toHaveLength(2);
    expect(deliver.calls).toHaveLength(2);
    expect(await runsOf("count-checkouts")).toHaveLength(3);
  });

  test("the key is free again after 24 hours", async () => {
    await checkout("c1");
    await stage.clock.advance(24 * HOUR_MS - 1);
    await checkout("c1");
    expect(await runsOf("send-checkout-email")).toHaveLength(1);

    await stage.clock.advance(1);
    await checkout("c1");

    expect(await runsOf("send-checkout-email")).toHaveLength(2);
    expect(deliver.calls).toHaveLength(2);
  });

  test("a key may be put together from several values", async () => {
    const act = (userId: string, organizationId: string) =>
      inngest.send({ name: "user/action.performed", data: { userId, organizationId } });
    await act("u1", "o1");
    await act("u1", "o1");
    await act("u1", "o2");
    await act("u2", "o1");

    expect(await runsOf("process-user-action")).toHaveLength(3);
  });
});
