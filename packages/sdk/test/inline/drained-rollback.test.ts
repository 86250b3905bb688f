import { INLINE } from "@stepfast/protocol";
import { expect, it } from "vitest";
import { FakeHost, hash, inlineCall, newClient } from "./fake-host.ts";

it("a rollback that has answered already keeps nobody waiting who drains its process", async () => {
  const fn = newClient().createFunction({ id: "saga" }, { event: "test/happened" }, async ({ step }) => {
    await step.run("charge", () => "ch_1").rollback(() => {});
  });
  const request = inlineCall({ steps: { [hash("charge")]: { data: "ch_1" } } });
  const ctx = { ...request.ctx, step_id: `rollback:${hash("charge")}` };
  const session = fn[INLINE].call(fn.id("app"), { ...request, ctx }, new FakeHost());
  expect(await session.answer).toMatchObject({ kind: "ops" });
  let isDrained = false;
  await Promise.race([
    session.cancel().then(() => {
      isDrained = true;
    }),
    new Promise((resolve) => setImmediate(resolve)),
  ]);
  expect(isDrained).toBe(true);
});
