import type { ChangeSet, Guard, WaitRow } from "@stepfast/store";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Looks } from "../looks.ts";
import type { Layout } from "../profile.ts";
import { EventBook } from "./event-book.ts";
import { GateBook } from "./gate-book.ts";
import type { HeldRuns } from "./held-runs.ts";
import { type HintChannel, Hints } from "./hints.ts";
import { InboxBook } from "./inbox-book.ts";
import { KeyBook } from "./key-book.ts";
import { type KnownPaths, PathBook } from "./path-book.ts";
import { RunBook } from "./run-book.ts";
import { StepBook } from "./step-book.ts";
import { WaitBook } from "./wait-book.ts";
import { WaitLocks } from "./wait-locks.ts";

type WaitsGuard = Extract<Guard, { kind: "waits" }>;

/** What a store remembers from batch to batch. */
export interface Memory {
  looks: Looks;
  paths: KnownPaths;
  held: HeldRuns;
  /** Undefined: the other nodes are not told of news. */
  channel: HintChannel | undefined;
}

/** Whether it is only about what the holder of its runs knows: steps, attempts, and the runs themselves. */
function isPlain({ guards, steps, attempts, metadata: _metadata, runs, ...others }: ChangeSet): boolean {
  if (Object.values(others).some((rows) => rows !== undefined && rows.length > 0)) return false;
  return (
    (guards ?? []).every(({ kind }) => kind === "lease") &&
    (runs ?? []).every(({ owner }) => owner === undefined)
  );
}

/** All that some change-sets are about, as one view: read at once, judged and applied in order, written at once. */
export class Books {
  readonly runs = new RunBook();
  readonly keys = new KeyBook();
  readonly events = new EventBook();
  readonly steps = new StepBook();
  readonly waits: WaitBook;
  readonly paths = new PathBook();
  readonly inboxes = new InboxBook();
  readonly gates = new GateBook();
  readonly hints: Hints;
  readonly looks: Looks;
  readonly #locks = new WaitLocks();
  readonly #knownPaths: KnownPaths;
  readonly #held: HeldRuns;
  #arePlain = true;

  constructor({ looks, paths, held, channel }: Memory) {
    this.hints = new Hints(channel);
    this.looks = looks;
    this.#knownPaths = paths;
    this.#held = held;
    this.waits = new WaitBook((seq) => looks.saw(seq));
  }

  /** Notes what must be known to judge and apply the change-set. */
  want(changes: ChangeSet): void {
    this.#arePlain &&= isPlain(changes);
    for (const guard of changes.guards ?? []) this.#wantGuard(guard);
    for (const row of changes.keys ?? []) this.keys.want(row);
    for (const { id } of changes.events ?? []) this.events.want(id);
    for (const { id } of changes.newRuns ?? []) this.runs.want(id);
    for (const row of changes.steps ?? []) this.steps.want(row);
    for (const row of changes.newWaits ?? []) this.#wantWait(row);
    const { steps, attempts, metadata, newWaits, closedWaits, messages, consumed } = changes;
    for (const rows of [steps, attempts, metadata, newWaits, closedWaits, messages, consumed])
      for (const { runId } of rows ?? []) this.runs.want(runId);
    for (const ids of [changes.endedWaits, changes.endedMessages])
      for (const id of ids ?? []) this.runs.want(id);
    for (const { id } of changes.gates ?? []) this.gates.want(id);
    for (const id of changes.endedGates ?? []) this.gates.want(id);
    for (const { id, owner } of changes.runs ?? []) {
      this.runs.want(id);
      if (owner === null) this.inboxes.want(id);
    }
  }

  #wantGuard(guard: Guard): void {
    if (guard.kind === "waits") return this.#wantUnchanged(guard);
    if (guard.kind === "gate") return this.gates.wantGuarded(guard.id);
    this.runs.want(guard.runId);
    if (guard.kind === "wait") this.waits.want(guard);
  }

  #wantUnchanged({ name, keys, version }: WaitsGuard): void {
    this.#locks.share(name, keys);
    this.paths.want(name);
    for (const key of keys) {
      const sight = this.looks.seen(version, name, key);
      if (sight !== undefined) this.waits.wantNewer(name, key, sight.after);
    }
  }

  #wantWait({ kind, name, path, key }: WaitRow): void {
    this.#locks.open(name, key);
    // Each signal has a name of its own and no paths: remembering those would grow for ever.
    if (kind === "signal" || this.#knownPaths.has(name, path)) return;
    this.#locks.openPath(name);
    this.paths.want(name);
  }

  /**
   * Takes things for what they were, without reading; false if that is not known. What is foretold is checked by
   * `runs.expects`, and by the writes themselves.
   */
  foretell(): boolean {
    return this.#arePlain && this.runs.foretell(this.#held) && this.steps.foretell(this.#held);
  }

  /** Locks first: what is read after them is so until the end. */
  reads(layout: Layout): Query[] {
    const { runs, keys, events, steps, waits, paths, inboxes, gates } = this;
    const books = [keys, events, steps, waits, paths, inboxes, gates];
    return [
      ...runs.reads(layout),
      ...this.#locks.reads(layout),
      ...books.flatMap((book) => book.reads(layout)),
    ];
  }

  writes(layout: Layout): (Query | Statement)[] {
    const { runs, keys, events, steps, waits, paths, inboxes, gates } = this;
    const books = [keys, events, runs, steps, waits, paths, inboxes, gates];
    return [...books.flatMap((book) => book.writes(layout)), ...this.hints.writes()];
  }

  /** Whether nothing was opened since the look. */
  isUnchanged({ name, keys, paths, version }: WaitsGuard): boolean {
    if (this.paths.count(name) !== paths) return false;
    return keys.every((key) => {
      const sight = this.looks.seen(version, name, key);
      return sight !== undefined && !this.waits.hasUnseen(name, key, sight);
    });
  }

  /** Remembers what is durable now. */
  publish(): void {
    this.paths.publish(this.#knownPaths);
    this.runs.publish(this.#held, (runId) => this.steps.lastNo(runId));
  }
}
