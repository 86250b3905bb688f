import type { EventPayload } from "@stepfast/protocol";
import type { Guard, Store, WaitMatches, WaitRow } from "@stepfast/store";
import { eventPayload } from "../../domain/event-row.ts";
import { compileExpression, keyAt } from "../../domain/expression/index.ts";
import type { WaitFindings } from "../../domain/publication.ts";
import type { Emission } from "../../domain/transition.ts";
import type { Log } from "../../ports/log.ts";

const MAX_CACHED_NAMES = 10_000;
const NONE: ReadonlyMap<string, WaitRow[]> = new Map();

/**
 * Finds the waits that events resolve. What it remembers is only which paths a name's waits use; the guards it adds
 * make a commit fail if that, or any wait it looked for, has changed since.
 */
export class WaitFinder {
  readonly #store: Store;
  readonly #log: Log;
  readonly #paths = new Map<string, string[]>();

  constructor(store: Store, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  forget(name: string): void {
    this.#paths.delete(name);
  }

  /** What must hold for nobody to wait for events of this name; null: perhaps somebody does. */
  quietGuard(name: string): Guard | null {
    if (this.#paths.get(name)?.length !== 0) return null;
    return { kind: "waits", name, keys: [], paths: 0, version: 0 };
  }

  /** Synchronous where no name of the events was ever waited for: the common case costs no read. */
  find(events: Emission[], now: number): WaitFindings | Promise<WaitFindings> {
    const guards: Guard[] = [];
    for (const name of namesOf(events)) {
      const guard = this.quietGuard(name);
      if (!guard) return this.#lookUp(groupByName(events), now);
      guards.push(guard);
    }
    return { guards, matches: NONE };
  }

  async #lookUp(byName: Map<string, Emission[]>, now: number): Promise<WaitFindings> {
    const matches = new Map<string, WaitRow[]>();
    const findings: WaitFindings = { guards: [], matches };
    for (const [name, events] of byName) {
      const paths = await this.#pathsOf(name);
      const keys = new Set(events.flatMap((event) => keysOf(paths, event.payload)));
      const found = await this.#store.findWaits({ name, keys: [...keys], now });
      if (found.paths !== paths.length) this.forget(name);
      findings.guards.push(guardOf(name, [...keys], paths.length, found));
      await this.#match(events, paths, found.waits, matches);
    }
    return findings;
  }

  async #pathsOf(name: string): Promise<string[]> {
    const known = this.#paths.get(name);
    if (known) return known;
    const paths = await this.#store.waitPaths(name);
    if (this.#paths.size >= MAX_CACHED_NAMES) this.#paths.clear();
    this.#paths.set(name, paths);
    return paths;
  }

  async #match(
    events: Emission[],
    paths: string[],
    waits: WaitRow[],
    matches: Map<string, WaitRow[]>,
  ): Promise<void> {
    if (waits.length === 0) return;
    const triggers = await this.#triggersOf(waits);
    for (const event of events) {
      const keys = new Set(keysOf(paths, event.payload));
      const matching = waits.filter(
        (wait) => keys.has(wait.key) && this.#holds(wait, triggers.get(wait.eventId), event.payload),
      );
      if (matching.length > 0) matches.set(event.row.id, matching);
    }
  }

  async #triggersOf(waits: WaitRow[]): Promise<Map<string, EventPayload>> {
    const ids = new Set(waits.filter((wait) => wait.expression !== null).map((wait) => wait.eventId));
    const rows = ids.size === 0 ? [] : await this.#store.getEvents([...ids]);
    return new Map(rows.map((row) => [row.id, eventPayload(row)]));
  }

  #holds(wait: WaitRow, event: EventPayload | undefined, incoming: EventPayload): boolean {
    if (wait.expression === null) return true;
    try {
      return compileExpression(wait.expression).test({ event, async: incoming });
    } catch (error) {
      this.#log.warn("a wait's expression could not be evaluated", {
        runId: wait.runId,
        error: String(error),
      });
      return false;
    }
  }
}

function namesOf(events: Emission[]): Iterable<string> {
  const [first] = events;
  return first && events.length === 1 ? [first.row.name] : new Set(events.map(({ row }) => row.name));
}

function groupByName(events: Emission[]): Map<string, Emission[]> {
  const byName = new Map<string, Emission[]>();
  for (const event of events) {
    const group = byName.get(event.row.name);
    if (group) group.push(event);
    else byName.set(event.row.name, [event]);
  }
  return byName;
}

function keysOf(paths: string[], payload: EventPayload): string[] {
  return paths.flatMap((path) => (path === "" ? [""] : (keyAt(path, payload) ?? [])));
}

function guardOf(name: string, keys: string[], paths: number, found: WaitMatches): Guard {
  return { kind: "waits", name, keys, paths, version: found.version };
}
