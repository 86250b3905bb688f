import type { GateRow, Store } from "@stepfast/store";
import {
  pruneParams,
  RETENTION_ID,
  type RetentionPolicy,
  type RetentionState,
} from "../../domain/retention.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";

/** Between portions: others come first. */
const REST_MS = 20;
const ROUND_MS = 3_600_000;
const GATES_PAGE = 400;
/** Within this time a node that took a portion on has done it; then another one may. */
const TURN_MS = 60_000;

export interface RetentionOptions {
  store: Store;
  clock: Clock;
  log: Log;
  policy: RetentionPolicy;
  /** Trees of runs, or events, that are looked at in one transaction. */
  portion: number;
  newId: () => string;
  onDue: (at: number) => void;
}

/** Deletes what is older than the policy keeps: once an hour, in small portions, by one node at a time. */
export class Retention {
  readonly #options: RetentionOptions;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Sees to it that there is a round to come. */
  async start(): Promise<void> {
    const { store, clock, policy, portion, onDue } = this.#options;
    const now = clock.now();
    if (pruneParams(policy, now, portion) === null) return;
    const [known] = await store.getGates([RETENTION_ID]);
    const at = known?.dueAt ?? Number.POSITIVE_INFINITY;
    // One that is further ahead was put off by another policy, or by a clock that has been put back.
    if (known && at <= now + Math.max(this.#roundMs, TURN_MS)) return onDue(at);
    await this.#put(
      known ?? null,
      known ? (JSON.parse(known.state) as RetentionState) : blank(now),
      now + REST_MS,
    );
  }

  get #roundMs(): number {
    return this.#options.policy.everyMs ?? ROUND_MS;
  }

  async goOn(row: GateRow): Promise<void> {
    const { store, clock, policy, portion } = this.#options;
    const now = clock.now();
    const params = pruneParams(policy, now, portion);
    const before = JSON.parse(row.state) as RetentionState;
    const state = before.cursor === null && before.endedAt !== null ? blank(now) : before;
    const turn = await this.#put(row, state, now + TURN_MS);
    if (!turn || !params) return;
    const cursor = state.cursor ?? undefined;
    const eventsBefore = await this.#eventsBefore(params.eventsBefore);
    const asked = { ...params, eventsBefore };
    const pruned = await store.prune(cursor === undefined ? asked : { ...asked, cursor });
    const isOver = pruned.cursor === null;
    const next: RetentionState = {
      ...state,
      cursor: pruned.cursor,
      runs: state.runs + pruned.runs,
      events: state.events + pruned.events,
      endedAt: isOver ? clock.now() : null,
    };
    await this.#put(turn, next, clock.now() + (isOver ? this.#roundMs : REST_MS));
    if (isOver) this.#tell(next);
  }

  /** Events that wait to become runs are kept, however long they wait, but for a function that nobody has registered. */
  async #eventsBefore(before: number | null): Promise<number | null> {
    if (before === null) return null;
    let oldest = before;
    let cursor: string | undefined;
    do {
      const page = await this.#options.store.listGates({
        kinds: ["debounce", "batch"],
        limit: GATES_PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const gate of page.filter(({ dueAt }) => dueAt !== null))
        oldest = Math.min(oldest, (JSON.parse(gate.state) as { since: number }).since);
      cursor = page.length === GATES_PAGE ? page.at(-1)?.id : undefined;
    } while (cursor !== undefined);
    return oldest;
  }

  #tell({ runs, events }: RetentionState): void {
    if (runs + events > 0) this.#options.log.debug("what is old was deleted", { runs, events });
  }

  async #put(before: GateRow | null, state: RetentionState, dueAt: number): Promise<GateRow | null> {
    const { store, newId, onDue } = this.#options;
    const row: GateRow = {
      id: RETENTION_ID,
      kind: "job",
      functionId: null,
      stamp: newId(),
      state: JSON.stringify(state),
      dueAt,
    };
    const guards = [{ kind: "gate" as const, id: RETENTION_ID, stamp: before?.stamp ?? null }];
    const result = await store.commit({ guards, gates: [row] });
    if (!result.ok) return null;
    onDue(dueAt);
    return row;
  }
}

function blank(now: number): RetentionState {
  return { cursor: null, runs: 0, events: 0, startedAt: now, endedAt: null };
}
