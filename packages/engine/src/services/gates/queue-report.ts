import type { GateRow, Store } from "@stepfast/store";
import { isLine } from "../../domain/flow/lines.ts";
import type { LaneState, ThrottleState } from "../../domain/flow/passable.ts";
import type { Clock } from "../../ports/clock.ts";
import { queueDepth, standsAt, waitingAt } from "./queue-depth.ts";

const PAGE = 400;
/** Gates that one report looks at. */
const MAX_GATES = 20_000;

/** Runs that wait at a limit, for one value of its key. */
export interface Queue {
  gate: string;
  kind: "concurrency" | "throttle";
  /** Null: functions share it. */
  functionId: string | null;
  /** JSON of the key's value; "" where the limit has no key. */
  key: string;
  waiting: number;
  /** Places taken; of a throttle 0. */
  held: number;
  /** As it was last used. */
  limit: number;
  /** The run that goes next, and since when it is queued. */
  first: { runId: string; queuedAt: number; waitsForMs: number } | null;
}

export interface QueueTotals {
  /** Runs that wait at limits. */
  waiting: number;
  /** Gates at which runs wait. */
  queues: number;
  /** Not all gates were looked at: there are more than 20,000. */
  isPartial: boolean;
  /** The longest, the most waiting first. */
  longest: Queue[];
}

export interface QueueReportContract {
  /** Queues in order of their gates, from the cursor on. */
  page(params: {
    functionId?: string | undefined;
    cursor?: string | undefined;
    limit: number;
  }): Promise<{ queues: Queue[]; cursor: string | null }>;
  totals(longest: number): Promise<QueueTotals>;
}

/** How long the queues at limits are, from what is stored. */
export class QueueReport implements QueueReportContract {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(options: { store: Store; clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  async page(params: {
    functionId?: string | undefined;
    cursor?: string | undefined;
    limit: number;
  }): Promise<{ queues: Queue[]; cursor: string | null }> {
    const found: GateRow[] = [];
    for await (const gate of this.#gates(params)) {
      if (waitingAt(gate) === 0 || isLine(gate.id)) continue;
      found.push(gate);
      if (found.length > params.limit) break;
    }
    const rows = found.slice(0, params.limit);
    const queues = await Promise.all(
      rows.map(async (gate) => this.#queue(gate, await queueDepth(this.#store, gate))),
    );
    return { queues, cursor: found.length > params.limit ? (rows.at(-1)?.id ?? null) : null };
  }

  async totals(longest: number): Promise<QueueTotals> {
    let seen = 0;
    let waiting = 0;
    const gates: GateRow[] = [];
    const behind = new Map<string, number>();
    for await (const gate of this.#gates({})) {
      seen++;
      const count = waitingAt(gate);
      if (count === 0) continue;
      waiting += count;
      if (!isLine(gate.id)) gates.push(gate);
      else behind.set(standsAt(gate), (behind.get(standsAt(gate)) ?? 0) + count);
    }
    const depth = (gate: GateRow) => waitingAt(gate) + (behind.get(gate.id) ?? 0);
    const rows = gates.sort((a, b) => depth(b) - depth(a)).slice(0, longest);
    const views = await Promise.all(rows.map((gate) => this.#queue(gate, depth(gate))));
    return { waiting, queues: gates.length, isPartial: seen >= MAX_GATES, longest: views };
  }

  async *#gates(from: {
    functionId?: string | undefined;
    cursor?: string | undefined;
  }): AsyncGenerator<GateRow> {
    const filter = from.functionId === undefined ? {} : { functionId: from.functionId };
    let cursor = from.cursor;
    for (let seen = 0; seen < MAX_GATES; seen += PAGE) {
      const at = cursor === undefined ? {} : { cursor };
      const page = await this.#store.listGates({
        ...filter,
        kinds: ["lane", "throttle"],
        limit: PAGE,
        ...at,
      });
      yield* page;
      if (page.length < PAGE) return;
      cursor = page.at(-1)?.id;
    }
  }

  async #queue(gate: GateRow, waiting: number): Promise<Queue> {
    const state = JSON.parse(gate.state) as LaneState | ThrottleState;
    const [first] = await this.#store.listParked({ gate: gate.id, limit: 1 });
    const waitsForMs = first ? this.#clock.now() - first.queuedAt : 0;
    return {
      gate: gate.id,
      kind: gate.kind === "throttle" ? "throttle" : "concurrency",
      functionId: gate.functionId,
      key: keyOf(gate),
      waiting,
      held: "held" in state ? state.held : 0,
      limit: state.limit,
      first: first ? { runId: first.id, queuedAt: first.queuedAt, waitsForMs } : null,
    };
  }
}

/** An id is `kind:whose:rule:value`; neither kind nor rule has a colon in it. */
function keyOf({ id, functionId }: GateRow): string {
  const whose = functionId ?? id.split(":", 2)[1] ?? "";
  const afterWhose = id.slice(id.indexOf(":") + 1 + whose.length + 1);
  return afterWhose.slice(afterWhose.indexOf(":") + 1);
}
