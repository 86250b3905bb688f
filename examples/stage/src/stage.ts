import { type Embedded, type EmbedOptions, embed } from "@stepfast/server";
import { type EventView, hasEnded, type RunView, type TraceView } from "./api.ts";
import { ManualClock, turn } from "./manual-clock.ts";

export interface StageOptions extends Omit<EmbedOptions, "clock" | "port"> {
  /** Go on with the time of another stage. */
  clock?: ManualClock;
}

/** A test gives up on a condition after this long of real time. */
const PATIENCE_MS = 5_000;

const YEAR_MS = 366 * 24 * 3_600_000;

/** Time jumps here: heartbeats and polls on the way would be many, and late. */
const tuning = { leaseMs: YEAR_MS, pollMs: YEAR_MS };

/** An embedded app under test: in memory unless told otherwise, its time moved by hand, seen through its API. */
export class Stage {
  readonly app: Embedded;
  readonly clock: ManualClock;

  constructor(app: Embedded, clock: ManualClock) {
    this.app = app;
    this.clock = clock;
  }

  static async open(options: StageOptions): Promise<Stage> {
    const clock = options.clock ?? new ManualClock();
    return new Stage(await embed({ db: ":memory:", ...tuning, ...options, clock }), clock);
  }

  /** Stops without waiting for steps that are executing. */
  async close(): Promise<void> {
    const closed = this.app.close({ drainMs: 0 });
    await this.clock.advance(0);
    await closed;
  }

  /** Asks the API, without a network. */
  request(path: string, init: RequestInit = {}): Promise<Response> {
    return this.app.server.fetch(new Request(`http://127.0.0.1${path}`, init));
  }

  /** `data` of a successful answer. */
  async get<T>(path: string): Promise<T> {
    const response = await this.request(path);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { data: T }).data;
  }

  run(runId: string): Promise<RunView> {
    return this.get(`/v2/runs/${runId}`);
  }

  trace(runId: string): Promise<TraceView> {
    return this.get(`/v2/runs/${runId}/trace?includeOutput=true`);
  }

  /** Runs of a function, oldest first; of all without one. */
  runs(functionId?: string): Promise<RunView[]> {
    const only = functionId === undefined ? "" : `&functionId=${functionId}`;
    return this.get(`/v2/runs?order=asc&limit=100&includeOutput=true${only}`);
  }

  events(name: string): Promise<EventView[]> {
    return this.get(`/v1/events?name=${encodeURIComponent(name)}&limit=100`);
  }

  /** Resolves with the first thing that `look` finds. */
  async until<T>(look: () => T | Promise<T>): Promise<Exclude<T, undefined | null | false>> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (performance.now() < giveUpAt) {
      const found = await look();
      if (found) return found as Exclude<T, undefined | null | false>;
      await turn();
    }
    throw new Error(`Waited ${PATIENCE_MS} ms in vain until ${look}`);
  }

  /** The only run of a function, once it exists. */
  theRun(functionId: string): Promise<RunView> {
    return this.until(async () => {
      const runs = await this.runs(functionId);
      if (runs.length > 1) throw new Error(`${functionId} has ${runs.length} runs`);
      return runs[0];
    });
  }

  /** Resolves with a run once it has ended. Time stands still. */
  ended(runId: string): Promise<RunView> {
    return this.until(async () => {
      const run = await this.run(runId);
      return hasEnded(run) ? run : undefined;
    });
  }

  /** Resolves with a run once it waits for something, with what it waits for. Time stands still. */
  waiting(runId: string, kind: string): Promise<NonNullable<RunView["waiting"]>[number]> {
    return this.until(async () => (await this.run(runId)).waiting?.find((wait) => wait.kind === kind));
  }

  /** Sees a run to its end: whenever it is parked until a time, the clock is moved there. */
  finish(runId: string): Promise<RunView> {
    return this.until(async () => {
      const run = await this.run(runId);
      if (hasEnded(run)) return run;
      if (await this.#isParked(runId)) await this.#advanceTo(nextDueAt(run));
      return undefined;
    });
  }

  /** Parked for good, so that time cannot overtake the parking. */
  async #isParked(runId: string): Promise<boolean> {
    return (await this.app.store.getRun(runId))?.owner === null;
  }

  /** Also fires what came due meanwhile. */
  async #advanceTo(at: number): Promise<void> {
    await this.clock.advance(Number.isFinite(at) ? Math.max(0, at - this.clock.now()) : 0);
  }
}

/** Waits that time alone ends; others have time-outs, too, but something is to come before them. */
const timed = new Set(["start", "sleep", "retry"]);

function nextDueAt(run: RunView): number {
  const waits = (run.waiting ?? []).filter((wait) => timed.has(wait.kind) && wait.until !== null);
  return Math.min(...waits.map((wait) => Date.parse(String(wait.until))));
}
