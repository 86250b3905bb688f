import { connect as theirConnect } from "inngest-official/connect";
import type { InngestFunction } from "stepfast";
import { connect as ourConnect } from "stepfast/connect";
import { WebSocket } from "ws";
import type { Sdk } from "../http/sdk.ts";
import { ours } from "../http/sdk.ts";
import { App } from "../http/world.ts";

/** What the tests need of a worker's connection, whichever SDK made it. */
export interface Worker {
  readonly state: string;
  readonly connectionId: string;
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export interface WorkerOptions {
  apps: { client: App["client"]; functions?: InngestFunction[] }[];
  instanceId?: string;
  maxWorkerConcurrency?: number;
  gatewayUrl?: string;
  isolateExecution?: boolean;
}

// The published package wants the WebSocket that later versions of Node have.
globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;

/** Connects a worker in this thread: what it does can be seen from the test. */
export async function connectWorker(sdk: Sdk, options: WorkerOptions): Promise<Worker> {
  const all = { handleShutdownSignals: [], isolateExecution: false, ...options };
  if (sdk !== ours) return (await theirConnect(all as never)) as Worker;
  return await ourConnect(all as Parameters<typeof ourConnect>[0]);
}

/** An app that comes to the server, instead of being called at a URL. */
export class ConnectedApp extends App {
  worker: Worker | undefined;
  /** What its worker is connected with beside the functions. */
  more: Omit<WorkerOptions, "apps"> = {};

  /** Ours saves them over its connection. */
  override get savesOverApi(): boolean {
    return this.sdk !== ours;
  }

  override async start(functions: readonly unknown[]): Promise<void> {
    await this.stop();
    const apps = [{ client: this.client, functions: functions as InngestFunction[] }];
    this.worker = await connectWorker(this.sdk, { apps, ...this.more });
  }

  override async stop(): Promise<void> {
    await this.worker?.close();
    this.worker = undefined;
  }
}
