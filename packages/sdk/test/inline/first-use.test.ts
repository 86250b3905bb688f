import { expect, it, vi } from "vitest";

/* In one process runs are followed from the first use on: each test loads the module anew and is the first user. */

const trigger = { event: "test/happened" };
const later = () => new Promise<void>((resolve) => setImmediate(resolve));

async function fresh() {
  vi.resetModules();
  const { newClient, start } = await import("./fake-host.ts");
  return { ...(await import("../../src/index.ts")), client: newClient(), start };
}

it("a score of a step behind an await is repeated once, then known", async () => {
  const { client, start } = await fresh();
  const fn = client.createFunction({ id: "f" }, trigger, async ({ step }) =>
    step.run("a", async () => {
      await later();
      await client.score({ name: "n", value: 1 });
    }),
  );
  const first = start(fn);
  await first.host.reported(1);
  expect(first.host.ops).toMatchObject([{ op: "StepError", retryAfter: "0" }]);
  const second = start(fn);
  await second.session.answer;
  expect(second.host.ops).toMatchObject([
    { op: "StepRun", metadata: [{ kind: "inngest.score", scope: "step" }] },
  ]);
});

it("also where several runs are the first", async () => {
  const { client, start, step } = await fresh();
  const fn = client.createFunction({ id: "f" }, trigger, async () => {
    await later();
    return step.run("a", () => 1);
  });
  const answers = await Promise.all([start(fn), start(fn)].map(({ session }) => session.answer));
  for (const answer of answers)
    expect(answer).toMatchObject({ kind: "error", noRetry: false, retryAfter: "0" });
});

it("the module's step behind an await is repeated once, then known", async () => {
  const { client, start, step } = await fresh();
  const fn = client.createFunction({ id: "f" }, trigger, async () => {
    await later();
    return step.run("a", () => 1);
  });
  expect(await start(fn).session.answer).toMatchObject({ kind: "error", noRetry: false, retryAfter: "0" });
  expect(await start(fn).session.answer).toMatchObject({ kind: "complete", output: 1 });
});

it("asked for where there is no run, it is final", async () => {
  const { client, step } = await fresh();
  expect(() => step.run("a", () => 1)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  await expect(client.score({ name: "n", value: 1 })).rejects.toMatchObject({ code: "invalid_request" });
});

it("before an await there is nothing to repeat", async () => {
  const { client, start, step } = await fresh();
  const fn = client.createFunction({ id: "f" }, trigger, async () =>
    step.run("a", async () => {
      const scored = client.score({ name: "n", value: 1 });
      await later();
      await client.score({ name: "m", value: 2 });
      await scored;
    }),
  );
  const { host, session } = start(fn);
  await session.answer;
  expect(host.ops).toMatchObject([{ metadata: [{ values: { n: { value: 1 }, m: { value: 2 } } }] }]);
});
