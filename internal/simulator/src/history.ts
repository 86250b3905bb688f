import type { EventRow, LoadedRun, RunRow, StepRow, Store, WaitRow } from "@stepfast/store";
import type { EventLoop } from "./event-loop.ts";
import type { Journal } from "./journal.ts";
import type { KnownJob } from "./known-job.ts";
import type { Ledger } from "./ledger.ts";
import { OperatorLog } from "./operator-log.ts";
import type { Program, ProgramOp } from "./program.ts";
import { everyOp } from "./program.ts";

interface SessionFacts {
  node: string;
  until: number;
  isLost: boolean;
}

/** What the checks remember: sessions, open waits, live runs, acknowledgements. Nothing of it is the engine's. */
export class History {
  readonly loop: EventLoop;
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly program: Program;
  /** The store itself, past all faults. */
  readonly store: Store;
  readonly sessions = new Map<string, SessionFacts>();
  /** Open waits by `run/step`. */
  readonly waits = new Map<string, { wait: WaitRow; no: number }>();
  readonly events = new Map<string, EventRow>();
  /** Runs by id, as they were made. */
  readonly runs = new Map<string, RunRow>();
  readonly live = new Set<string>();
  readonly operators: OperatorLog;
  /** Bulk operations by the id of their gate. */
  readonly jobs = new Map<string, KnownJob>();
  /** Runs that were pruned, as they were then. */
  readonly pruned = new Map<string, LoadedRun>();
  readonly prunedEvents = new Set<string>();
  /** Places that are taken, by gate. */
  readonly held = new Map<string, number>();
  readonly #stepsOf = new Map<string, Set<string>>();
  /** When a cancellation was acknowledged, by run. */
  readonly cancelled = new Map<string, number>();
  /** Steps that a rerun was given by its original, as `run/step`. */
  readonly #kept = new Set<string>();
  readonly #ownerOf = new Map<string, string>();
  readonly #ops = new Map<string, ProgramOp>();
  #looks: Promise<unknown> = Promise.resolve();
  readonly #isHasty: boolean;
  #waitsOpened = 0;
  /** How many commits under way touch a run. */
  readonly #writes = new Map<string, number>();
  /** Settled ones, by `run/step`. */
  readonly settled = new Set<string>();
  commits = 0;

  constructor(parts: {
    loop: EventLoop;
    journal: Journal;
    ledger: Ledger;
    program: Program;
    store: Store;
    /** Whether other things happen while a write is under way. */
    isHasty: boolean;
  }) {
    this.#isHasty = parts.isHasty;
    this.loop = parts.loop;
    this.journal = parts.journal;
    this.ledger = parts.ledger;
    this.program = parts.program;
    this.store = parts.store;
    this.operators = new OperatorLog(parts.loop);
    for (const { body, onFailure } of parts.program.functions) {
      for (const op of everyOp([...body, ...(onFailure ?? [])])) if ("id" in op) this.#ops.set(op.id, op);
    }
  }

  /** Commits are looked at in the order in which they were applied. */
  inOrder<T>(look: () => Promise<T>): Promise<T> {
    const looked = this.#looks.then(look);
    this.#looks = looked.catch(() => {});
    return looked;
  }

  waitOpened(wait: WaitRow): void {
    this.waits.set(`${wait.runId}/${wait.stepId}`, { wait, no: this.#waitsOpened++ });
  }

  /** A commit that touches these runs is asked for. Returns how many waits were opened before. */
  beginWrite(runIds: string[]): number {
    for (const id of runIds) this.#writes.set(id, (this.#writes.get(id) ?? 0) + 1);
    return this.#isHasty ? this.#waitsOpened : Number.POSITIVE_INFINITY;
  }

  /** It is over. */
  endWrite(runIds: string[]): void {
    for (const id of runIds) this.#writes.set(id, (this.#writes.get(id) ?? 1) - 1);
  }

  isBeingWritten(runId: string): boolean {
    return this.#isHasty && (this.#writes.get(runId) ?? 0) > 0;
  }

  /** What the program says of a step, by the id it wrote. */
  op(stepId: string): ProgramOp | undefined {
    return this.#ops.get(stepId);
  }

  /** A step was written. */
  saw({ runId, userId, op }: StepRow): void {
    if (op === "Rollback" || op === "StepRollback") return;
    const known = this.#stepsOf.get(runId) ?? new Set();
    this.#stepsOf.set(runId, known.add(userId));
  }

  /** The steps of a run, as its program names them. */
  stepsOf(runId: string): string[] {
    return [...(this.#stepsOf.get(runId) ?? [])];
  }

  keeps(step: StepRow): void {
    this.#kept.add(`${step.runId}/${step.stepId}`);
  }

  /** Whether a step came with its result from the run that was repeated. */
  isKept(runId: string, stepId: string): boolean {
    return this.#kept.has(`${runId}/${stepId}`);
  }

  /** The session a node goes by now. */
  ownerOf(node: string): string | undefined {
    return this.#ownerOf.get(node);
  }

  isSessionOf(node: string, owner: string | null): boolean {
    return owner !== null && this.sessions.get(owner)?.node === node;
  }

  /** Whether a node's session still counts in the eyes of the store. */
  isInForce(owner: string | undefined): boolean {
    const session = owner === undefined ? undefined : this.sessions.get(owner);
    return session !== undefined && !session.isLost && session.until > this.loop.now;
  }

  heartbeat(node: string, owner: string, until: number, isAlive: boolean): void {
    this.#ownerOf.set(node, owner);
    const known = this.sessions.get(owner);
    this.sessions.set(owner, { node, until: isAlive ? until : (known?.until ?? 0), isLost: !isAlive });
  }

  reclaimed(now: number): void {
    for (const session of this.sessions.values()) if (session.until <= now) session.isLost = true;
  }

  sessionEnded(owner: string): void {
    const session = this.sessions.get(owner);
    if (session) session.isLost = true;
  }

  allSessionsVoid(): void {
    for (const session of this.sessions.values()) session.isLost = true;
  }

  /** A session may be used before its first heartbeat is stored. */
  #know(node: string, owner: string | null): void {
    if (owner !== null && !this.sessions.has(owner))
      this.sessions.set(owner, { node, until: 0, isLost: false });
  }

  /** Whether it is the node's own, or one that nobody has heard of yet: then it is from now on. */
  mayUse(node: string, owner: string): boolean {
    this.#know(node, owner);
    return this.isSessionOf(node, owner);
  }

  born(node: string, run: RunRow): void {
    this.#know(node, run.owner);
    this.runs.set(run.id, run);
    if (run.endedAt === null) this.live.add(run.id);
  }

  claimed(node: string, run: RunRow): void {
    this.#know(node, run.owner);
    this.journal.note(`${node} claims ${run.id} epoch ${run.epoch}`);
  }
}
