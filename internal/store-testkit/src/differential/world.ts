import type { ChangeSet, Guard, RunPatch, RunRow, StepRow, Store, WaitRow } from "@stepfast/store";
import {
  makeAttempt,
  makeEvent,
  makeKey,
  makeMessage,
  makeMetadata,
  makeRun,
  makeStep,
  makeWait,
} from "../rows.ts";
import type { Dice } from "./dice.ts";
import { GateWorld } from "./gate-world.ts";

/** So few of each that they meet all the time. */
const reasons = ["waiting", "function_missing", "paused"];
const functionIds = ["shop-fulfil", "shop-refund"];
export const waitNames = ["shop/order.paid", "shop/other"];
const waitPaths = ["", "data.id", "data.user"];
const runStatuses: RunRow["status"][] = ["queued", "queued", "running", "running", "completed", "failed"];
const stepStatuses: StepRow["status"][] = [
  "planned",
  "retrying",
  "waiting",
  "completed",
  "failed",
  "started",
];

/** Makes random change-sets about a few runs, waits and keys, in a time that goes on. */
export class World {
  readonly gates: GateWorld;
  readonly #dice: Dice;
  /** Of the runs that exist. */
  readonly #ids: string[] = [];
  /** Of those that change-sets were to make since; they may have been refused. */
  #unsure: string[] = [];
  #made = 0;
  #sessions = 0;
  now = 1_000;

  constructor(dice: Dice) {
    this.#dice = dice;
    this.gates = new GateWorld(dice);
  }

  /** Finds out which runs were made. */
  async look(store: Store): Promise<void> {
    for (const id of this.#unsure) if ((await store.getRun(id)) !== null) this.#ids.push(id);
    this.#unsure = [];
  }

  /** One of the runs made last, or rarely one that never was. */
  runId(): string {
    if (this.#ids.length === 0 || this.#dice.chance(0.01)) return "nobody";
    return this.#dice.pick(this.#ids.slice(-10));
  }

  /** One of three sessions; one that was given up is no use any more, so new ones follow. */
  owner(): string {
    if (this.#dice.chance(0.05)) this.#sessions += 1;
    return `session-${this.#sessions + this.#dice.below(3)}`;
  }

  reason(): string {
    return this.#dice.pick(reasons);
  }

  someFunctionIds(): string[] {
    return this.#dice.some(2, () => this.#dice.pick(functionIds)) ?? [];
  }

  /** Times are few, so that they meet too. */
  time(): number {
    return this.now + 5 * (this.#dice.below(8) - 2);
  }

  waitKeys(): string[] {
    return this.#dice.some(3, () => this.#waitKey(this.#dice.pick(waitPaths))) ?? [];
  }

  guard(): Guard {
    const runId = this.runId();
    const kind = this.#dice.below(6);
    if (kind > 3) return this.gates.guard(runId);
    if (kind === 3) return { kind: "known", runId };
    if (kind === 0) return { kind: "lease", runId, owner: this.owner(), epoch: this.#dice.below(2) };
    if (kind === 1) return { kind: "live", runId };
    return { kind: "wait", runId, stepId: this.#stepId() };
  }

  changeSet(): ChangeSet {
    const dice = this.#dice;
    const runId = this.runId();
    return {
      guards: dice.chance(0.2) ? dice.some(2, () => this.guard()) : undefined,
      keys: dice.chance(0.2) ? dice.some(2, () => this.#key()) : undefined,
      events: dice.chance(0.3) ? dice.some(2, () => this.#event()) : undefined,
      newRuns: dice.chance(0.4) ? dice.some(2, () => this.#run()) : undefined,
      steps: dice.chance(0.5)
        ? dice.some(3, () => this.#step(dice.chance(0.8) ? runId : this.runId()))
        : undefined,
      attempts: dice.chance(0.2) ? dice.some(2, () => this.#attempt()) : undefined,
      metadata: dice.chance(0.2)
        ? dice.some(2, () => makeMetadata({ runId: this.runId(), createdAt: this.now }))
        : undefined,
      newWaits: dice.chance(0.3) ? dice.some(2, () => this.#wait()) : undefined,
      closedWaits: dice.chance(0.2)
        ? dice.some(2, () => ({ runId: this.runId(), stepId: this.#stepId() }))
        : undefined,
      endedWaits: dice.chance(0.1) ? [this.runId()] : undefined,
      messages: dice.chance(0.3) ? dice.some(2, () => this.#message()) : undefined,
      consumed: dice.chance(0.2)
        ? dice.some(2, () => ({ runId: this.runId(), id: this.#messageId() }))
        : undefined,
      endedMessages: dice.chance(0.1) ? [this.runId()] : undefined,
      gates: dice.chance(0.3)
        ? dice.some(2, () => this.gates.gate(dice.chance(0.6) ? this.time() : null))
        : undefined,
      endedGates: dice.chance(0.1) ? dice.some(2, () => this.gates.gateId()) : undefined,
      runs: dice.chance(0.4) ? dice.some(2, () => this.#patch()) : undefined,
    };
  }

  #id(letter: string, no: number): string {
    return `${letter}${String(no).padStart(4, "0")}`;
  }

  #stepId(): string {
    return `hash-${this.#dice.below(4)}`;
  }

  #messageId(): string {
    return `m${this.#dice.below(5)}`;
  }

  #waitKey(path: string): string {
    return path === "" ? "" : `${path}=${this.#dice.below(2)}`;
  }

  #key() {
    const key = `k${this.#dice.below(4)}`;
    const expiresAt = this.now + 5 * this.#dice.below(10);
    return makeKey({ key, value: `v${this.#dice.below(100)}`, createdAt: this.now, expiresAt });
  }

  #event() {
    const name = this.#dice.pick(["shop/order.placed", "inngest/function.failed"]);
    return makeEvent({
      id: this.#eventId(),
      name,
      receivedAt: this.now,
    });
  }

  /** Now and then not in order, and now and then one that exists. */
  #newRunId(): string {
    if (this.#dice.chance(0.02)) return this.runId();
    this.#made += 1;
    const id = this.#id("r", this.#dice.chance(0.2) ? 9_999 - this.#made : this.#made);
    this.#unsure.push(id);
    return id;
  }

  #eventId(): string {
    return `e${String(this.#dice.below(900)).padStart(3, "0")}`;
  }

  #run(): RunRow {
    const owner = this.#dice.chance(0.5) ? this.owner() : null;
    const status = this.#dice.chance(0.9) ? "queued" : this.#dice.pick(runStatuses);
    return makeRun({
      id: this.#newRunId(),
      functionId: this.#dice.pick(functionIds),
      status,
      endedAt: status === "completed" || status === "failed" ? this.now : null,
      owner,
      epoch: owner === null ? 0 : 1,
      wakeAt: this.#dice.chance(0.6) ? this.time() : null,
      blocked: this.#dice.chance(0.3) ? this.reason() : null,
      parentRunId: this.#dice.chance(0.2) ? this.runId() : null,
      originalRunId: this.#dice.chance(0.2) ? this.runId() : null,
      fork: this.#dice.chance(0.2) ? JSON.stringify({ of: this.runId() }) : null,
      eventId: this.#eventId(),
      eventIds: this.#dice.chance(0.2)
        ? JSON.stringify(this.#dice.some(3, () => this.#eventId()) ?? [])
        : null,
      queuedAt: this.now,
      ...this.gates.place(),
    });
  }

  #step(runId: string): StepRow {
    const no = this.#dice.below(4);
    const stepId = this.#dice.chance(0.03) ? "hash-odd" : `hash-${no}`;
    const output = JSON.stringify({ data: this.#dice.below(1_000) });
    return makeStep({ runId, no, stepId, status: this.#dice.pick(stepStatuses), output });
  }

  #attempt() {
    return makeAttempt({ runId: this.runId(), attempt: this.#dice.below(3), endedAt: this.time() });
  }

  #wait(): WaitRow {
    const path = this.#dice.pick(waitPaths);
    return makeWait({
      runId: this.runId(),
      stepId: this.#stepId(),
      name: this.#dice.pick(waitNames),
      kind: this.#dice.chance(0.1) ? "signal" : "event",
      path,
      key: this.#waitKey(path),
      expiresAt: this.#dice.chance(0.3) ? null : this.time(),
    });
  }

  #message() {
    return makeMessage({
      id: this.#messageId(),
      runId: this.runId(),
      kind: this.#dice.pick(["event", "event", "event", "cancel", "slot"]),
      createdAt: this.time(),
    });
  }

  #patch(): RunPatch {
    const dice = this.#dice;
    const { rank, flow, gate } = this.gates.place();
    return {
      id: this.runId(),
      rank: dice.chance(0.1) ? rank : undefined,
      flow: dice.chance(0.1) ? flow : undefined,
      gate: dice.chance(0.2) ? gate : undefined,
      status: dice.chance(0.2) ? dice.pick(runStatuses) : undefined,
      owner: dice.chance(0.5) ? dice.pick([null, null, this.owner()]) : undefined,
      wakeAt: dice.chance(0.4) ? dice.pick([null, this.time()]) : undefined,
      blocked: dice.chance(0.3) ? dice.pick([null, this.reason()]) : undefined,
      epoch: dice.chance(0.1) ? 1 + dice.below(4) : undefined,
      attempt: dice.chance(0.2) ? dice.below(9) : undefined,
      output: dice.chance(0.2) ? dice.pick([null, "1", '"more than a few characters"']) : undefined,
      endedAt: dice.chance(0.2) ? this.now : undefined,
    };
  }
}
