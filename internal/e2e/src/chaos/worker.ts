import type { InngestFunction, Inngest as OurInngest, Middleware as OurMiddleware } from "stepfast";
import type { connect as ourConnect, WorkerConnection } from "stepfast/connect";
import type { AppUnderTest } from "../campaign/app-under-test.ts";
import { type Call, calls } from "../campaign/call.ts";
import { Ledger } from "../campaign/ledger.ts";
import { allScenarios, portableScenarios } from "../campaign/scenarios/index.ts";
import { workshop } from "../campaign/workshop.ts";
import { connectionName } from "./connection-name.ts";
import { generationOf, readGenerations } from "./generations.ts";

/*
 * A process with the functions under test, which connects to a node. Argument: its options as JSON. Tells that it is connected in a
 * line of JSON, and ends with its standard input.
 */

export interface WorkerOptions {
  /** Package of the SDK: ours, or the published one, whose steps then are called one by one. */
  sdk: "stepfast" | "inngest-official";
  name: string;
  app: AppUnderTest;
  ledger: string;
  /** Where the nodes are reached. */
  baseUrl: string;
  signingKey: string;
  eventKey: string;
  isolateExecution: boolean;
}

const options = JSON.parse(process.argv[2] ?? "") as WorkerOptions;
const { sdk, name, app, baseUrl, signingKey, eventKey, isolateExecution } = options;
const isOurs = sdk === "stepfast";
if (!isOurs) readGenerations();
const { Inngest, Middleware } = (await import(sdk)) as {
  Inngest: typeof OurInngest;
  Middleware: typeof OurMiddleware;
};
const { connect } = (await import(`${sdk}/connect`)) as { connect: typeof ourConnect };

let worker: WorkerConnection | undefined;

/** Notes in which call user code runs. */
class CallNotes extends Middleware.BaseMiddleware {
  override readonly id = "call-notes";

  override async wrapRequest({
    next,
    requestInfo,
  }: Parameters<NonNullable<OurMiddleware.BaseMiddleware["wrapRequest"]>>[0]) {
    const body = await requestInfo.body();
    const { ctx } = (typeof body === "string" ? JSON.parse(body) : body) as {
      ctx: { run_id: string; generation_id?: number; attempt: number };
    };
    const connection = connectionName(name, worker?.connectionId);
    const call: Call = {
      generation: ctx.generation_id ?? generationOf(ctx.run_id),
      attempt: ctx.attempt,
      connection,
    };
    return await calls.run(call, next);
  }
}

const logger = { info() {}, warn() {}, error() {}, debug() {} };
const client = new Inngest({
  id: app.id,
  isDev: false,
  baseUrl,
  signingKey,
  eventKey,
  logger,
  middleware: [CallNotes],
  ...(isOurs ? {} : { checkpointing: false }),
});
const shop = workshop(client, new Ledger(options.ledger), app);
const scenarios = isOurs ? allScenarios(shop) : portableScenarios(shop);
const functions = scenarios.flatMap((scenario) => scenario.functions) as InngestFunction[];

worker = await connect({
  apps: [{ client, functions }],
  instanceId: name,
  isolateExecution,
  handleShutdownSignals: [],
});
process.stdout.write(`${JSON.stringify({ url: "" })}\n`);
process.stdin.resume().once("end", () => process.exit(0));
