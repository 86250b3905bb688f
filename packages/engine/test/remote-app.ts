import {
  type CallAnswer,
  type CallRequest,
  type FunctionConfig,
  hashStepId,
  type Op,
} from "@stepfast/protocol";
import { MemoryStore, SharedMemoryStore } from "@stepfast/store/memory";
import type { RetentionPolicy } from "../src/domain/retention.ts";
import type { SizeLimits } from "../src/domain/size-limits.ts";
import { Engine } from "../src/engine.ts";
import type { Gateway } from "../src/ports/gateway.ts";
import type { Remote, RemoteCall } from "../src/ports/remote.ts";
import { FakeClock, settle } from "./fake-clock.ts";

export type Script = (request: CallRequest, call: RemoteCall) => CallAnswer | Promise<CallAnswer>;

export interface RemoteAppOptions {
  leaseMs?: number;
  pollMs?: number;
  isShared?: boolean;
  retention?: RetentionPolicy;
  gateway?: Gateway;
  sizes?: Partial<SizeLimits>;
}

/** An engine whose functions live behind a scripted remote. */
export class RemoteApp {
  readonly clock = new FakeClock();
  readonly store: MemoryStore;
  readonly calls: RemoteCall[] = [];
  /** What the engines logged as warnings. */
  readonly warnings: string[] = [];
  readonly scripts = new Map<string, Script>();
  readonly engine: Engine;
  #engines = 0;

  readonly #leaseMs: number;
  readonly #pollMs: number;
  readonly #retention: RetentionPolicy | undefined;
  readonly #gateway: Gateway | undefined;
  readonly #sizes: Partial<SizeLimits> | undefined;

  /** Heartbeats and polls come three a lease: a test that moves time far wants a long one. */
  constructor(options: RemoteAppOptions = {}) {
    this.#retention = options.retention;
    this.#gateway = options.gateway;
    this.#sizes = options.sizes;
    this.store = options.isShared ? new SharedMemoryStore() : new MemoryStore();
    this.#leaseMs = options.leaseMs ?? 15_000;
    this.#pollMs = options.pollMs ?? this.#leaseMs / 3;
    this.engine = this.#newEngine();
  }

  /** Another node on the same store. */
  takeOver(url?: string): Engine {
    return this.#newEngine(url);
  }

  #newEngine(url?: string): Engine {
    const remote: Remote = {
      call: async (call) => {
        this.calls.push(call);
        const script = this.scripts.get(call.functionId);
        if (!script) throw new Error(`no script for ${call.functionId}`);
        return script(call.request, call);
      },
    };
    let seed = ++this.#engines;
    const random = {
      bytes: (length: number) =>
        Uint8Array.from({ length }, () => {
          seed = (seed * 48_271) % 2_147_483_647;
          return seed & 255;
        }),
      fraction: () => 0,
    };
    return new Engine({
      store: this.store,
      clock: this.clock,
      random,
      remote,
      pollMs: this.#pollMs,
      leaseMs: this.#leaseMs,
      url,
      log: { debug() {}, info() {}, error() {}, warn: (message) => void this.warnings.push(message) },
      retention: this.#retention,
      sizes: this.#sizes,
      ...(this.#gateway ? { gateway: this.#gateway } : {}),
    });
  }

  async register(
    functions: (Partial<FunctionConfig> & { id: string; retries?: number; script: Script })[],
  ): Promise<void> {
    const configs = functions.map(({ script, retries, ...config }) => {
      this.scripts.set(config.id, script);
      const runtime = { type: "http" as const, url: "http://127.0.0.1/api/inngest" };
      const step = {
        id: "step",
        name: "step",
        runtime,
        ...(retries === undefined ? {} : { retries: { attempts: retries } }),
      };
      return { name: config.id, triggers: [], ...config, steps: { step } };
    });
    await this.engine.start();
    await this.engine.registerRemote({
      url: "http://127.0.0.1/api/inngest",
      appName: "app",
      sdk: "js:v0",
      v: "0.1",
      functions: configs,
    });
  }

  async send(name: string, data: Record<string, string | number | boolean> = {}): Promise<string> {
    const { ids } = await this.engine.send([{ name, data }]);
    await settle();
    return ids[0] ?? "";
  }

  async runs(functionId: string) {
    return this.store.listRuns({ functionIds: [functionId], order: "asc", limit: 400 });
  }

  async onlyRun(functionId: string) {
    const runs = await this.runs(functionId);
    if (runs.length !== 1 || !runs[0])
      throw new Error(`expected one run of ${functionId}, found ${runs.length}`);
    return runs[0];
  }
}

export const ran = (id: string, data: Op["data"]): Op => ({
  id: hashStepId(id),
  op: "StepRun",
  displayName: id,
  data,
});
export const planned = (id: string): Op => ({ id: hashStepId(id), op: "StepPlanned", displayName: id });
export const sleep = (id: string, duration: string): Op => ({
  id: hashStepId(id),
  op: "Sleep",
  name: duration,
});
export const ops = (...list: Op[]): CallAnswer => ({ kind: "ops", ops: list });
export const complete = (output: Op["data"]): CallAnswer => ({ kind: "complete", output: output ?? null });
export const failed = (message: string, noRetry = false): CallAnswer => ({
  kind: "error",
  error: { name: "Error", message },
  noRetry,
});
/** The memoised value of a step, `undefined` if there is none. */
export const memo = (request: CallRequest, id: string): unknown => request.steps[hashStepId(id)];
