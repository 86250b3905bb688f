import { fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDevServer } from "@stepfast/server";
import type { Case } from "../case.ts";
import type { Figure } from "../figure.ts";
import { roundTrips } from "../loopback.ts";
import { RunWatch } from "../run-watch.ts";
import { median } from "../statistics.ts";

const APP = fileURLToPath(new URL("../http-app.js", import.meta.url));
const STEPS = 50;
const ROUNDS = 10;
const RUNS = 4_000;
const WARM_UP_RUNS = 400;
const PER_REQUEST = 100;
const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** A server and, in another process, an app on the official SDK. */
async function openStage(folder: string) {
  const server = await startDevServer({
    db: join(folder, "http.db"),
    port: 0,
    sdkUrls: [],
    discover: false,
    poll: false,
    pollIntervalMs: 1_000,
    log: silent,
  });
  const watch = new RunWatch();
  watch.watch(server.store);
  const app = fork(APP, [server.url], { silent: true });
  const port = await new Promise<string>((resolve) =>
    app.stdout?.once("data", (text) => resolve(String(text).trim())),
  );
  const headers = { "x-inngest-server-kind": "dev" };
  const synced = await fetch(`http://127.0.0.1:${port}/api/inngest`, { method: "PUT", headers });
  if (!synced.ok) throw new Error(`the app did not sync: ${await synced.text()}`);
  const send = async (id: string, steps: number, runs: number) => {
    const events = Array.from({ length: runs }, () => ({ name: `bench/${id}`, data: { steps } }));
    await fetch(`${server.url}/e/key`, { method: "POST", body: JSON.stringify(events) });
  };
  /** Milliseconds until so many runs of so many steps have ended. */
  const timed = async (id: string, steps: number, runs: number) => {
    const ended = watch.ends(runs);
    const begunAt = performance.now();
    for (let left = runs; left > 0; left -= PER_REQUEST) await send(id, steps, Math.min(left, PER_REQUEST));
    await ended;
    return performance.now() - begunAt;
  };
  const close = async () => {
    app.disconnect();
    await server.close({ drainMs: 0 });
  };
  return { timed, close };
}

/** The official SDK over HTTP: what a step costs, in round trips of this machine, and how many runs there are a second. */
export const http: Case = {
  name: "http",
  async run({ folder, smoke }) {
    const stage = await openStage(folder);
    const figures: Figure[] = [];
    await stage.timed("plain", 1, smoke ? 10 : WARM_UP_RUNS);
    await stage.timed("checkpointed", 5, smoke ? 10 : WARM_UP_RUNS);
    const trip = { name: "a loopback round trip, p50", value: median(await roundTrips()) };
    for (const [id, how] of [
      ["plain", "a request a step"],
      ["checkpointed", "with checkpointing"],
    ] as const) {
      const times: number[] = [];
      for (let round = 0; round < (smoke ? 1 : ROUNDS); round++)
        times.push((await stage.timed(id, STEPS, 1)) / STEPS);
      const aimed = id === "plain" ? { goal: 4, aim: 3, goalIsRatio: true } : {};
      const value = median(times);
      figures.push(
        {
          name: `official SDK, ${how}: a step, p50`,
          value,
          unit: "ms",
          better: "less",
          limit: trip,
          ...aimed,
        },
        {
          name: `official SDK, ${how}: steps a second in one run`,
          value: 1_000 / value,
          unit: "/s",
          better: "more",
        },
      );
    }
    const runs = smoke ? 20 : RUNS;
    const perSecond = (runs / (await stage.timed("plain", 1, runs))) * 1_000;
    figures.push({
      name: "official SDK: runs of one step",
      value: perSecond,
      unit: "/s",
      better: "more",
      aim: 2_000,
    });
    await stage.close();
    return figures;
  },
};
