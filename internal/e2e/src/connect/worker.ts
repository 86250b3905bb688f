import type { Inngest as OurInngest } from "stepfast";
import type { connect as ourConnect } from "stepfast/connect";

/** A worker in a process of its own, to be killed. What it is told and what it tells: */
export interface WorkerOrders {
  /** Package of the SDK. */
  sdk: string;
  apiUrl: string;
  appId: string;
  name: string;
  checkpointing: boolean;
  isolateExecution: boolean;
  /** The step `slow` does not end here before the process is told anything. */
  hangs: boolean;
  /** Of a server that asks for one; without it, the server is one for development. */
  signingKey?: string;
}

export type WorkerNews = { kind: "connected" } | { kind: "step"; step: string; attempt: number };

const orders = JSON.parse(process.argv[2] ?? "{}") as WorkerOrders;
const { Inngest } = (await import(orders.sdk)) as { Inngest: typeof OurInngest };
const { connect } = (await import(`${orders.sdk}/connect`)) as { connect: typeof ourConnect };

function tell(news: WorkerNews): void {
  process.send?.(news);
}

const nothing = () => {};
const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const { appId, name, checkpointing, hangs, isolateExecution, signingKey } = orders;
const mode = signingKey === undefined ? { isDev: true } : { isDev: false, signingKey };
const client = new Inngest({ id: appId, baseUrl: orders.apiUrl, ...mode, logger: quiet, checkpointing });

const fn = client.createFunction(
  { id: "job", triggers: { event: `${appId}/go` } },
  async ({ step, attempt }) => {
    await step.run("first", () => tell({ kind: "step", step: "first", attempt }));
    return step.run("slow", async () => {
      tell({ kind: "step", step: "slow", attempt });
      if (hangs) await new Promise((resolve) => process.once("message", resolve));
      return name;
    });
  },
);

await connect({ apps: [{ client, functions: [fn] }], instanceId: name, isolateExecution });
tell({ kind: "connected" });
