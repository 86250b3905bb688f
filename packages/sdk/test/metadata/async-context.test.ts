import { expect, it } from "vitest";
import { getAsyncCtx, runWithAsyncCtx } from "../../src/experimental.ts";
import { OneFunctionApp } from "./app.ts";

it("tells code where it is: in no function, in one, in a step", async () => {
  const app = new OneFunctionApp();
  expect(await getAsyncCtx()).toBeUndefined();
  const seen: unknown[] = [];
  await app.call(async (context) => {
    await Promise.resolve();
    const here = await getAsyncCtx();
    expect(here?.app).toBe(app.client);
    expect(here?.execution.ctx).toBe(context);
    seen.push(here?.execution.executingStep);
    await context.step.run({ id: "a", name: "A" }, async () => {
      await Promise.resolve();
      seen.push((await getAsyncCtx())?.execution.executingStep);
    });
  });
  expect(seen).toEqual([
    undefined,
    { id: "a", name: "A", userlandId: "a", hashedId: "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8" },
  ]);
});

it("takes a callback back to where it came from", async () => {
  const app = new OneFunctionApp();
  const seen: unknown[] = [];
  let later = async (): Promise<void> => {};
  const [op] = await app.call(async ({ step }) =>
    step.run("a", async () => {
      const here = await getAsyncCtx();
      later = async () => {
        if (here) await runWithAsyncCtx(here, () => app.client.score({ name: "late", value: 1 }));
        seen.push((await getAsyncCtx())?.execution);
      };
    }),
  );
  await later();
  expect(op).toMatchObject({ op: "StepRun" });
  expect(app.noted).toMatchObject([{ target: { run_id: "01JRUN", step_attempt: 0 } }]);
  expect(seen).toEqual([undefined]);
});
