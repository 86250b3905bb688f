import { embed } from "@stepfast/server";
import { Inngest } from "stepfast";
import { metadataMiddleware, scoreMiddleware } from "stepfast/experimental";
import { afterEach, expect, test } from "vitest";
import { Api } from "./api.ts";
import { quiet } from "./quiet.ts";
import { CleanUps } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

test("in one process, too, steps, attempts and runs are noted about", async () => {
  const middleware = [metadataMiddleware(), scoreMiddleware()] as const;
  const client = new Inngest({ id: "shop", isDev: true, logger: quiet, middleware });
  const fn = client.createFunction({ id: "note", triggers: { event: "go" } }, async ({ step }) => {
    const work = (name: string) =>
      step.run(name, async ({ attempt }) => {
        await soon();
        await client.metadata.set({ name, attempt });
        await client.metadata.run().set({ [name]: attempt }, name);
        if (attempt === 0) throw new Error("again");
      });
    await Promise.all([work("left"), work("right")]);
    await step.score("rated", { name: "quality", value: 0.5 });
    await step.metadata("told").do(async (metadata) => {
      await metadata.set({ a: 1 }, "one");
      await metadata.step("left").set({ late: true }, "two");
    });
    return "ok";
  });
  const here = await embed({
    client,
    functions: [fn],
    db: ":memory:",
    port: 0,
    retryIntervalMs: 5,
    pollMs: 20,
  });
  cleanUps.add(() => here.close());
  const api = new Api(here.url ?? "");
  const { ids } = await client.send({ name: "go", data: {} });
  const run = await api.outcome(ids[0] ?? "");
  expect(run).toMatchObject({ status: "COMPLETED", output: "ok" });
  await client.score({ name: "helpful", value: true, runId: run.id });
  await expect(
    client.score({ name: "lost", value: 1, runId: "01K000000000000000000000000" }),
  ).rejects.toMatchObject({ code: "run_not_found" });
  const root = (await api.trace(run.id)).rootSpan;
  const notes = Object.fromEntries(root.children.map((span) => [span.name, span.metadata]));
  expect(notes.left).toMatchObject([
    { kind: "userland.default", values: { name: "left", attempt: 1 } },
    { kind: "userland.two", values: { late: true } },
  ]);
  expect(notes.right).toMatchObject([{ kind: "userland.default", values: { name: "right", attempt: 1 } }]);
  const ofRun = Object.fromEntries((root.metadata ?? []).map(({ kind, values }) => [kind, values]));
  expect(ofRun).toEqual({
    "userland.left": { left: 1 },
    "userland.right": { right: 1 },
    "userland.one": { a: 1 },
    "inngest.score": { quality: { value: 0.5 }, helpful: { value: true } },
  });
});
