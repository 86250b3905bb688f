import {
  hashStepId,
  INLINE,
  type InlineCall,
  type InlineHost,
  type InlineSession,
  type Json,
  type Op,
  StepfastError,
} from "@stepfast/protocol";
import type { InngestFunction } from "../../src/function/function.ts";
import { Inngest } from "../../src/index.ts";
import type { Untyped } from "../../src/types/untyped.ts";

export const RUN_ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

export const silentLogger = { debug() {}, info() {}, warn() {}, error() {} };

export function newClient(options: Partial<ConstructorParameters<typeof Inngest>[0]> = {}): Inngest {
  return new Inngest({ id: "app", isDev: true, logger: silentLogger, ...options });
}

/** The op with its result as a value. */
export function withData({ json, ...op }: Op): Op {
  return json === undefined ? op : { ...op, data: JSON.parse(json) as Json };
}

/** The engine's side of a call: keeps what is reported, and decides when it is durable. */
export class FakeHost implements InlineHost {
  readonly reports: Op[][] = [];
  readonly #abort = new AbortController();
  readonly signal = this.#abort.signal;
  readonly bodies: InlineHost["bodies"];
  readonly #unacknowledged: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  readonly #watchers: (() => void)[] = [];
  readonly #manual: boolean;

  constructor(options: { manual?: boolean; bodies?: InlineHost["bodies"] } = {}) {
    this.#manual = options.manual ?? false;
    this.bodies = options.bodies ?? null;
  }

  report(ops: Op[]): Promise<void> {
    this.reports.push(ops.map(withData));
    for (const watcher of this.#watchers.splice(0)) watcher();
    if (!this.#manual) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#unacknowledged.push({ resolve, reject });
    });
  }

  get ops(): Op[] {
    return this.reports.flat();
  }

  /** A report that is not durable becomes durable: the oldest one, or the one at `index` among them. */
  acknowledge(index = 0): void {
    this.#unacknowledged.splice(index, 1)[0]?.resolve();
  }

  refuse(error: unknown = new StepfastError("stale_dispatch", "taken over")): void {
    this.#unacknowledged.shift()?.reject(error);
  }

  cancel(): void {
    this.#abort.abort();
  }

  /** Resolves once this many reports were made. */
  async reported(count: number): Promise<void> {
    while (this.reports.length < count) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }
}

export interface CallOverrides {
  event?: { name: string; data: Record<string, Json> };
  steps?: Record<string, Json>;
  stack?: string[];
  pending?: InlineCall["pending"];
  defers?: InlineCall["defers"];
  attempt?: number;
  maxAttempts?: number;
}

export function inlineCall(overrides: CallOverrides = {}): InlineCall {
  const event = {
    name: "test/happened",
    data: {},
    ...overrides.event,
    user: {},
    id: "event-1",
    ts: 1_700_000_000_000,
  };
  const steps = overrides.steps ?? {};
  const stack = overrides.stack ?? Object.keys(steps);
  const { attempt = 0, maxAttempts = 5 } = overrides;
  return {
    event,
    events: [event],
    steps: steps as InlineCall["steps"],
    ...(overrides.defers ? { defers: overrides.defers } : {}),
    ctx: {
      run_id: RUN_ID,
      env: "",
      step_id: "step",
      attempt,
      max_attempts: maxAttempts,
      stack: { stack, current: stack.length },
      disable_immediate_execution: false,
      use_api: false,
    },
    version: 2,
    pending: overrides.pending ?? {},
    maxAttempts,
  };
}

export interface StartedCall {
  host: FakeHost;
  session: InlineSession;
}

export function start(
  fn: InngestFunction<Untyped, Untyped>,
  overrides: CallOverrides & { manual?: boolean; slug?: string } = {},
): StartedCall {
  const host = new FakeHost({ manual: overrides.manual ?? false });
  const session = fn[INLINE].call(overrides.slug ?? fn.id("app"), inlineCall(overrides), host);
  return { host, session };
}

export const hash = (id: string, index = 0): string => hashStepId(id, index);

/** Lets everything run that can run by itself, timers set to zero included. */
export async function settled(): Promise<void> {
  // tidy: allow turns of the event loop are what is counted here, not time
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** A promise with its handles. */
export function deferred<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
