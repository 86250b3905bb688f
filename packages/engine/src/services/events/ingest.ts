import { type IncomingEvent, limits, StepfastError, ulidFromBytes } from "@stepfast/protocol";
import type { Conflict, KeyRow } from "@stepfast/store";
import { eventRow, freshPayload } from "../../domain/event-row.ts";
import { conflictCause } from "../../domain/refusal.ts";
import type { Emission } from "../../domain/transition.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Publisher } from "./publisher.ts";

/** Takes in events from outside: all of a batch or none, each at most once per id and 24 h. */
export class Ingest {
  readonly #publisher: Publisher;
  readonly #clock: Clock;
  readonly #newId: () => string;

  constructor(options: { publisher: Publisher; clock: Clock; newId: () => string }) {
    this.#publisher = options.publisher;
    this.#clock = options.clock;
    this.#newId = options.newId;
  }

  /** The ids of the events, in order; for one that had been sent before, the id it has. */
  async send(events: IncomingEvent[], seed: string | undefined): Promise<string[]> {
    const now = this.#clock.now();
    const idOf = seededIds(seed) ?? this.#newId;
    const batch = new Batch(events.map((event, index) => incoming(event, idOf(index), now)));
    while (batch.fresh.length > 0) {
      const result = await this.#publisher.publish(batch.fresh, { keys: batch.keys(now) });
      if (result.ok) break;
      batch.drop(result.conflict);
    }
    return batch.ids();
  }
}

function incoming(event: IncomingEvent, id: string, nowMs: number): Emission {
  const row = eventRow(event, { id, nowMs });
  return { row, payload: freshPayload(event, row) };
}

/** The events of one request, less those that turn out to be known. */
class Batch {
  readonly #all: Emission[];
  /** Made for the first one that turns out to be known. */
  #known: Map<string, string> | null = null;
  fresh: Emission[];

  constructor(events: Emission[]) {
    this.#all = events;
    if (events.some(({ row }) => row.key !== null)) this.#findRepeated(events);
    this.fresh = this.#filter();
  }

  #findRepeated(events: Emission[]): void {
    const byKey = new Map<string, string>();
    for (const { row } of events) {
      if (row.key === null) continue;
      const first = byKey.get(row.key);
      if (first === undefined) byKey.set(row.key, row.id);
      else this.#knowAs(row.id, first);
    }
  }

  #knowAs(id: string, first: string): void {
    this.#known ??= new Map();
    this.#known.set(id, first);
  }

  #filter(): Emission[] {
    const known = this.#known;
    return known ? this.#all.filter(({ row }) => !known.has(row.id)) : this.#all;
  }

  keys(now: number): KeyRow[] {
    return this.fresh.flatMap(({ row }) =>
      row.key === null
        ? []
        : [
            {
              scope: "event",
              key: row.key,
              value: row.id,
              createdAt: now,
              expiresAt: now + limits.eventKeyTtlMs,
            },
          ],
    );
  }

  drop(conflict: Conflict): void {
    const before = this.#known?.size ?? 0;
    if (conflict.kind === "event") this.#knowAs(conflict.id, conflict.id);
    if (conflict.kind === "key") {
      for (const { row } of this.fresh) if (row.key === conflict.key) this.#knowAs(row.id, conflict.value);
    }
    if ((this.#known?.size ?? 0) === before)
      throw new StepfastError(
        "store_unavailable",
        `None of the events was taken, because others kept changing what they depend on (${conflictCause(conflict)}): send them again`,
      );
    this.fresh = this.#filter();
  }

  ids(): string[] {
    return this.#all.map(({ row }) => {
      const known = this.#known?.get(row.id);
      return known === undefined ? row.id : (this.#known?.get(known) ?? known);
    });
  }
}

/**
 * Ids a retried request gives again (PROTOCOL §6): ULID of the seed's time and bytes, the last four, big-endian, plus
 * index + 1. Undefined where the seed is none.
 */
function seededIds(seed: string | undefined): ((index: number) => string) | undefined {
  const parts = seed?.split(",") ?? [];
  const timeMs = Number(parts[0]);
  if (parts.length !== 2 || !Number.isSafeInteger(timeMs) || timeMs < 0) return undefined;
  const entropy = decodeBase64(parts[1] ?? "");
  if (entropy?.length !== 10) return undefined;
  const bytes = entropy;
  return (index) => {
    const shifted = new Uint8Array(bytes);
    const view = new DataView(shifted.buffer);
    view.setUint32(6, (view.getUint32(6) + index + 1) >>> 0);
    return ulidFromBytes(timeMs, shifted);
  };
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
