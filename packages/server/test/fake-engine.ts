import {
  type EngineContract,
  type Invocation,
  type Invoked,
  type NewEndpointRun,
  type PauseState,
  sizeLimits,
} from "@stepfast/engine";
import {
  type FunctionConfig,
  type IncomingEvent,
  type Json,
  type Op,
  type RegisterRequest,
  StepfastError,
} from "@stepfast/protocol";
import { validateEvents } from "@stepfast/protocol/validators";

type Fn = ReturnType<EngineContract["functions"]>[number];

/** An engine that notes what it is asked for. `failWith` makes the next request fail. */
export class FakeEngine implements EngineContract {
  readonly sizes = sizeLimits();
  readonly sent: { events: IncomingEvent[]; seed: string | undefined }[] = [];
  readonly invoked: { functionId: string; event: Omit<IncomingEvent, "name"> }[] = [];
  readonly signals: { signal: string; data: Json }[] = [];
  readonly cancelled: string[] = [];
  readonly registered: RegisterRequest[] = [];
  readonly syncFailures: { appId: string; error: string }[] = [];
  readonly removed: string[] = [];
  readonly limits: EngineContract["limits"] = {
    list: () => ({ limits: [], version: 0, changes: [] }),
    set: async () => ({ limits: [], version: 0, changes: [] }),
  };
  readonly diagnosis: EngineContract["diagnosis"] = {
    blockerOf: async () => null,
    holdsOf: async () => [],
  };
  readonly queues: EngineContract["queues"] = {
    page: async () => ({ queues: [], cursor: null }),
    totals: async () => ({ waiting: 0, queues: 0, isPartial: false, longest: [] }),
  };
  readonly spans: EngineContract["spans"] = { add: async () => ({ unknown: 0, over: 0 }) };
  readonly checkpoints: { runId: string; requestId?: string; generation?: number; ops: Op[] }[] = [];
  readonly known: Fn[] = [];
  readonly endListeners = new Set<(runId: string) => void>();
  readonly endpointRuns: NewEndpointRun[] = [];
  readonly endpointReports: { runId: string; ops: Op[] }[] = [];
  peerUrls: string[] = [];
  failWith: unknown;

  #mayFail(): void {
    const error = this.failWith;
    this.failWith = undefined;
    if (error !== undefined) throw error;
  }

  async start(): Promise<void> {}
  async close(): Promise<void> {}

  async send(
    events: IncomingEvent[],
    options: { seed?: string | undefined } = {},
  ): Promise<{ ids: string[] }> {
    this.#mayFail();
    const valid = validateEvents(events);
    this.sent.push({ events: valid, seed: options.seed });
    return { ids: valid.map((_event, index) => `EVENT${index}`) };
  }

  async sendSignal(params: { signal: string; data: Json }): Promise<{ runId: string }> {
    this.#mayFail();
    this.signals.push(params);
    return { runId: "RUN" };
  }

  async invoke(params: Invocation): Promise<Invoked> {
    this.#mayFail();
    if (params.functionId === "missing") throw new StepfastError("function_not_found", "no such function");
    this.invoked.push(params);
    return { eventId: "EVENT", runId: "RUN", isRepeat: params.idempotencyKey === "again" };
  }

  async cancelRun(params: { runId: string }): Promise<void> {
    this.#mayFail();
    this.cancelled.push(params.runId);
  }

  async rerun(): Promise<{ runId: string }> {
    return { runId: "RUN" };
  }

  async pauseFunction(): Promise<PauseState> {
    return { at: 0, events: "hold", runs: "finish", reason: null };
  }

  async resumeFunction(): Promise<void> {}

  pauseOf(): null {
    return null;
  }

  get jobs(): EngineContract["jobs"] {
    throw new Error("no test asks for bulk operations here");
  }

  async registerInline(): Promise<void> {}

  async registerRemote(request: RegisterRequest): Promise<{ modified: boolean }> {
    this.#mayFail();
    this.registered.push(request);
    return { modified: true };
  }

  async noteSyncFailure(params: { appId: string; error: string }): Promise<void> {
    this.syncFailures.push(params);
  }

  async removeApp(appId: string): Promise<void> {
    this.removed.push(appId);
  }

  /** Apps of which workers came, as they were told. */
  readonly came: string[][] = [];

  async workersChanged({ came }: { came: string[] }): Promise<void> {
    this.#mayFail();
    this.came.push(came);
  }

  functions(): Fn[] {
    return this.known;
  }

  peers(): string[] {
    return this.peerUrls;
  }

  async secret(name: string): Promise<string> {
    return `secret of ${name}, the same for all`;
  }

  onRunEnd(listener: (runId: string) => void): () => void {
    this.endListeners.add(listener);
    return () => this.endListeners.delete(listener);
  }

  async startEndpointRun(run: NewEndpointRun): Promise<{ functionId: string; appId: string }> {
    this.#mayFail();
    this.endpointRuns.push(run);
    return { functionId: "http://app-GET /x", appId: "http://app" };
  }

  async reportEndpointRun(report: { runId: string; ops: Op[] }): Promise<void> {
    this.#mayFail();
    this.endpointReports.push(report);
  }

  async nodeOf(): Promise<string | null> {
    return null;
  }

  async addMetadata(): Promise<void> {
    this.#mayFail();
  }

  async checkpoint(params: {
    runId: string;
    requestId?: string;
    generation?: number;
    ops: Op[];
  }): Promise<void> {
    this.#mayFail();
    this.checkpoints.push(params);
  }

  /** Makes a function known. */
  know(config: FunctionConfig, appId: string, url: string | null): void {
    this.known.push({ slug: config.id, appId, config, url });
  }
}
