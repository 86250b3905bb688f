import { hasEnded, type RunView } from "@stepfast-examples/stage";
import type pc from "picocolors";
import type { ApiClient } from "./api-client.ts";
import { type Fact, factsOf } from "./facts.ts";

type Colors = ReturnType<typeof pc.createColors>;

interface WatchedRun {
  label: string;
  told: Set<string>;
}

interface Line extends Fact {
  label: string;
  runId: string;
}

const signs: Record<Fact["mark"], string> = {
  started: "▸",
  done: "✓",
  failed: "✗",
  registered: "↷",
  cancelled: "↶",
  ended: "■",
};

const LABEL_WIDTH = 12;
/** After this time, what happened is on record, nearly always. */
const SETTLING_MS = 50;

/** Tells what happens in runs while it happens. */
export class Account {
  readonly #api: ApiClient;
  readonly #print: (line: string) => void;
  readonly #colors: Colors;
  readonly #live = new Map<string, WatchedRun>();
  readonly #over = new Map<string, string>();
  readonly #since: string;

  /** `since`: ISO time at which this process started. What happened earlier is old news. */
  constructor(options: { api: ApiClient; print: (line: string) => void; colors: Colors; since: string }) {
    this.#api = options.api;
    this.#print = options.print;
    this.#colors = options.colors;
    this.#since = options.since;
  }

  /** How many of the runs it has seen go on. */
  get unfinished(): number {
    return this.#live.size;
  }

  /** Takes up runs that were under way when this process started. Returns the steps they need not run again. */
  async takeUp(): Promise<{ run: RunView; label: string; recorded: string[] }[]> {
    const taken = [];
    for (const { id } of await this.#underWay()) {
      const [run, trace] = [await this.#api.run(id), await this.#api.trace(id)];
      const old = factsOf(trace).filter(({ at, key }) => at < this.#since && key !== "ended");
      const label = await this.#labelOf(run);
      this.#live.set(id, { label, told: new Set(["started", ...old.map(({ key }) => key)]) });
      const recorded = old.filter(({ mark }) => mark === "done").map(({ text }) => text);
      taken.push({ run, label, recorded });
    }
    return taken;
  }

  /** Also those that have ended since: the engine did not wait for us. Oldest first. */
  async #underWay(): Promise<RunView[]> {
    const ended = await this.#api.runs(`timeField=endedAt&from=${this.#since}`);
    const live = await this.#api.runs("status=queued&status=running");
    const all = new Map([...ended, ...live].map((run) => [run.id, run]));
    return [...all.values()]
      .filter((run) => run.queuedAt < this.#since)
      .sort((one, other) => one.id.localeCompare(other.id));
  }

  /** Looks once, and tells what is new. Returns whether anything may still be going on. */
  async look(): Promise<boolean> {
    for (const run of (await this.#api.runs(`from=${this.#since}`)).reverse()) {
      if (this.#live.has(run.id) || this.#over.has(run.id)) continue;
      this.#live.set(run.id, { label: await this.#labelOf(run), told: new Set() });
    }
    // What happens while we look is told at the next look: so things are told in their order.
    const until = new Date(Date.now() - SETTLING_MS).toISOString();
    const lines: Line[] = [];
    for (const [runId, watched] of [...this.#live]) lines.push(...(await this.#news(runId, watched, until)));
    for (const line of lines.sort((a, b) => a.at.localeCompare(b.at))) this.#tell(line);
    // What ended just now may have started more.
    return this.#live.size > 0 || lines.length > 0;
  }

  async #news(runId: string, watched: WatchedRun, until: string): Promise<Line[]> {
    const trace = await this.#api.trace(runId);
    const untold = factsOf(trace).filter(({ key }) => !watched.told.has(key));
    const facts = untold.filter(({ at }) => at <= until);
    for (const { key } of facts) watched.told.add(key);
    if (hasEnded(trace.rootSpan) && facts.length === untold.length) {
      this.#live.delete(runId);
      this.#over.set(runId, watched.label);
    }
    return facts.map((fact) => ({ ...fact, label: watched.label, runId }));
  }

  #tell({ mark, text, at, label, runId }: Line): void {
    const { dim, green, red, yellow, bold } = this.#colors;
    const paint = {
      started: bold,
      done: green,
      failed: red,
      registered: yellow,
      cancelled: dim,
      ended: bold,
    }[mark];
    const trace = mark === "started" ? dim(`   ${this.#api.traceUrl(runId)}`) : "";
    this.#print(
      `${dim(at.slice(11, 23))}  ${label.padEnd(LABEL_WIDTH)} ${paint(`${signs[mark]} ${text}`)}${trace}`,
    );
  }

  /** A deferred run goes by its parent's order. */
  async #labelOf(run: RunView): Promise<string> {
    const parent = run.parent?.runId;
    if (parent === undefined) {
      const { data } = await this.#api.event(String(run.trigger.eventIds[0]));
      return data.orderId === undefined ? run.id.slice(-8) : `order ${data.orderId}`;
    }
    return (
      this.#live.get(parent)?.label ??
      this.#over.get(parent) ??
      (await this.#labelOf(await this.#api.run(parent)))
    );
  }
}
