import { join } from "node:path";
import { type Embedded, embed } from "@stepfast/server";
import type { Store } from "@stepfast/store";
import { MemoryStore } from "@stepfast/store/memory";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { Inngest } from "stepfast";
import { RunWatch } from "./run-watch.ts";

const client = new Inngest({ id: "bench" });

/** `n` steps one after the other; `times`, if it is there, gets the time after each. */
const probes = { times: undefined as number[] | undefined };

const chain = client.createFunction(
  { id: "chain", triggers: [{ event: "bench/chain" }] },
  async ({ event, step }) => {
    for (let i = 0; i < event.data.n; i++) {
      await step.run(`step ${i}`, () => ({ index: i, text: "the result of a step" }));
      probes.times?.push(performance.now());
    }
    return { ok: true };
  },
);

const fan = client.createFunction(
  { id: "fan", triggers: [{ event: "bench/fan" }] },
  async ({ event, step }) => {
    const steps = Array.from({ length: event.data.n }, (_, i) => step.run(`step ${i}`, () => i));
    return (await Promise.all(steps)).length;
  },
);

const sleeper = client.createFunction(
  { id: "sleeper", triggers: [{ event: "bench/sleep" }] },
  async ({ step }) => {
    await step.sleep("a day", "1d");
  },
);

export const functions = [chain, fan, sleeper];

/** An engine in this process with the functions that are measured. */
export interface Workbench {
  client: typeof client;
  app: Embedded;
  watch: RunWatch;
  close(): Promise<void>;
}

/** On SQLite with `synchronous=FULL`, or in memory where no folder is given. */
export async function openWorkbench(folder: string | undefined): Promise<Workbench> {
  if (folder === undefined) return await workbenchOn(new MemoryStore());
  return await workbenchOn(await openSqliteStore({ path: join(folder, "bench.db") }));
}

/** On a store of which nobody else makes use; it is closed with the bench. */
export async function workbenchOn(store: Store): Promise<Workbench> {
  const watch = new RunWatch();
  watch.watch(store);
  const app = await embed({ client, functions, store });
  const close = async () => {
    await app.close();
    await store.close();
  };
  return { client, app, watch, close };
}

/** Runs `n` steps in one run and returns the time after each, the first entry being the time of the start. */
export async function timedChain(bench: Workbench, n: number): Promise<number[]> {
  const times = [performance.now()];
  probes.times = times;
  const ended = bench.watch.ends(1);
  await bench.client.send({ name: "bench/chain", data: { n } });
  await ended;
  probes.times = undefined;
  times.push(performance.now());
  return times;
}

export type Submission = "one by one" | "in batches";

const AT_ONCE = 100;

/** Starts so many runs of `n` steps, a hundred sends at a time, and waits for all of them. Milliseconds. */
export async function timedCrowd(
  bench: Workbench,
  runs: number,
  n: number,
  how: Submission,
): Promise<number> {
  const begunAt = performance.now();
  const ended = bench.watch.ends(runs);
  const event = { name: "bench/chain", data: { n } };
  if (how === "in batches") {
    const batches = Math.ceil(runs / AT_ONCE);
    await Promise.all(
      Array.from({ length: batches }, (_, i) =>
        bench.client.send(new Array(Math.min(AT_ONCE, runs - i * AT_ONCE)).fill(event)),
      ),
    );
  } else {
    let left = runs;
    const submit = async () => {
      while (left-- > 0) await bench.client.send(event);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, submit));
  }
  await ended;
  return performance.now() - begunAt;
}
