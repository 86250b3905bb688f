import type { CallAnswer, FunctionConfig } from "@stepfast/protocol";
import { complete, memo, ops, RemoteApp, type Script, sleep } from "../remote-app.ts";

/** A call to a function, from when it arrived to when it was answered. */
export interface Visit {
  functionId: string;
  runId: string;
  /** Of the triggering event. */
  data: Record<string, unknown>;
  from: number;
  /** Infinity: it is under way. */
  until: number;
}

type Limits = Partial<Omit<FunctionConfig, "steps">> & { script?: Script };

/** Functions whose calls take as long as their events say (`ms`), and that sleep `naps` times for a second between calls. */
export class LimitedApp extends RemoteApp {
  readonly visits: Visit[] = [];

  async limit(...functions: ({ id: string } & Limits)[]): Promise<void> {
    const defaults = { triggers: [{ event: "go" }] };
    await this.register(
      functions.map((config) => ({
        ...defaults,
        ...config,
        script: config.script ?? ((_, call) => this.#visit(config.id, call)),
      })),
    );
  }

  #visit(functionId: string, call: { request: { event: { data: unknown }; ctx: { run_id: string } } }) {
    const data = call.request.event.data as Record<string, unknown>;
    const { run_id: runId } = call.request.ctx;
    const visit: Visit = { functionId, runId, data, from: this.clock.now(), until: Number.POSITIVE_INFINITY };
    this.visits.push(visit);
    return new Promise<CallAnswer>((resolve) => {
      this.clock.after(Number(data.ms ?? 1_000), () => {
        visit.until = this.clock.now();
        resolve(this.#answer(call as never, Number(data.naps ?? 0)));
      });
    });
  }

  #answer(call: { request: Parameters<typeof memo>[0] }, naps: number): CallAnswer {
    for (let nap = 0; nap < naps; nap++) {
      if (memo(call.request, `nap ${nap}`) === undefined) return ops(sleep(`nap ${nap}`, "1s"));
    }
    return complete("done");
  }

  /** Sends each event by itself. */
  async sendAll(list: Record<string, string | number | boolean>[], name = "go"): Promise<void> {
    for (const data of list) await this.send(name, data);
  }

  /** Times of first calls since the clock's start, in seconds. */
  async starts(functionId: string, sinceMs: number): Promise<number[]> {
    const seen = new Set<string>();
    const first = this.visits.filter(
      (visit) => visit.functionId === functionId && !seen.has(visit.runId) && seen.add(visit.runId),
    );
    return first.map(({ from }) => (from - sinceMs) / 1_000);
  }

  /** The most calls that were ever under way at one moment, by group. */
  peaks(group: (visit: Visit) => string): Map<string, number> {
    const edges = this.visits.flatMap((visit) => [
      { at: visit.from, by: 1, name: group(visit) },
      { at: visit.until, by: -1, name: group(visit) },
    ]);
    // What ends at a moment makes room for what begins at it.
    edges.sort((a, b) => a.at - b.at || a.by - b.by);
    const now = new Map<string, number>();
    const peaks = new Map<string, number>();
    for (const { by, name } of edges) {
      const count = (now.get(name) ?? 0) + by;
      now.set(name, count);
      peaks.set(name, Math.max(peaks.get(name) ?? 0, count));
    }
    return peaks;
  }
}
