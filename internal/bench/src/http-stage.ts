import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDevServer } from "@stepfast/server";
import { BareCaller } from "./bare-caller.ts";
import { RunWatch } from "./run-watch.ts";
import { type Expense, expenseOf } from "./usage.ts";

const APP = fileURLToPath(new URL("./http-app.js", import.meta.url));
const PER_REQUEST = 100;
const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** A server in this process and an app in another one; and who calls the app without the server. */
export interface HttpStage {
  bare: BareCaller;
  /** Until so many runs of so many steps have ended. */
  runs(id: "plain" | "checkpointed", steps: number, runs: number): Promise<Expense>;
  spent(work: () => Promise<unknown>): Promise<Expense>;
  close(): Promise<void>;
}

/** A container's environment is small, what npm passes on is not, and an SDK may go over it with each request. */
async function startApp(sdk: string, server: string): Promise<{ app: ChildProcess; origin: string }> {
  const execArgv = (process.env.STEPFAST_BENCH_APP_ARGS ?? "").split(" ").filter((arg) => arg !== "");
  const env = { PATH: process.env.PATH ?? "", NODE_ENV: "production" };
  const app = fork(APP, [sdk, server], { env, execArgv, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [{ port }] = (await once(app, "message")) as [{ port: number }];
  return { app, origin: `http://127.0.0.1:${port}` };
}

async function sync(origin: string): Promise<void> {
  const headers = { "x-inngest-server-kind": "dev" };
  const synced = await fetch(`${origin}/api/inngest`, { method: "PUT", headers });
  if (!synced.ok) throw new Error(`the app did not sync: ${await synced.text()}`);
}

export async function openHttpStage(folder: string, sdk: string): Promise<HttpStage> {
  const db = join(folder, `${sdk}.db`);
  const asked = { port: 0, sdkUrls: [], discover: false, poll: false, pollIntervalMs: 1_000 };
  const server = await startDevServer({ db, ...asked, log: silent });
  const watch = new RunWatch();
  watch.watch(server.store);
  const { app, origin } = await startApp(sdk, server.url);
  await sync(origin);
  const bare = new BareCaller(origin);
  const send = async (id: string, steps: number, runs: number) => {
    const events = Array.from({ length: runs }, () => ({ name: `bench/${id}`, data: { steps } }));
    await server.engine.send(events);
  };
  const spent = (work: () => Promise<unknown>) => expenseOf(app, work);
  return {
    bare,
    spent,
    runs: (id, steps, runs) =>
      spent(async () => {
        const ended = watch.ends(runs);
        for (let left = runs; left > 0; left -= PER_REQUEST)
          await send(id, steps, Math.min(left, PER_REQUEST));
        await ended;
      }),
    async close() {
      app.disconnect();
      await once(app, "exit");
      await bare.close();
      await server.close({ drainMs: 0 });
    },
  };
}
