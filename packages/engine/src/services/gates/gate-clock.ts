import type { EventRow, GateRow, Store } from "@stepfast/store";
import { eventPayload } from "../../domain/event-row.ts";
import type { Trigger } from "../../domain/flow/admission.ts";
import type { DebounceState } from "../../domain/flow/debounce.ts";
import type { FunctionIndex } from "../../domain/function-index.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Publisher } from "../events/publisher.ts";
import { DeadlineTimer } from "../runs/deadline-timer.ts";
import type { GateBook } from "./gate-book.ts";

const PAGE = 100;
const RETRY_MS = 1_000;

export interface GateClockOptions {
  store: Store;
  clock: Clock;
  log: Log;
  index: FunctionIndex;
  publisher: Publisher;
  book: GateBook;
  /** Of gates that are due those that can be looked at here. */
  sift: (due: GateRow[]) => Promise<GateRow[]>;
  /** A bulk operation, a schedule or a promise is due. */
  goOn: (gate: GateRow) => Promise<void>;
}

/** Looks at gates when their time has come. Every node may: a gate's stamp lets one of them through. */
export class GateClock {
  readonly #options: GateClockOptions;
  readonly #timer: DeadlineTimer;
  #running = false;
  #busy = false;
  #isWanted = false;

  constructor(options: GateClockOptions) {
    this.#options = options;
    this.#timer = new DeadlineTimer(options.clock, () => this.#lookSoon());
  }

  start(): void {
    this.#running = true;
    this.#lookSoon();
  }

  stop(): void {
    this.#running = false;
    this.#timer.stop();
  }

  /** A gate is due at that time. */
  wakeBy(at: number): void {
    if (this.#running) this.#timer.wakeBy(at);
  }

  #lookSoon(): void {
    this.#isWanted = true;
    if (this.#running && !this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      while (this.#running && this.#isWanted) {
        this.#isWanted = false;
        await this.#doDue();
      }
    } catch (error) {
      if (!this.#running) return;
      this.#options.log.warn("due limits could not be looked at; trying again", { error: String(error) });
      this.wakeBy(this.#options.clock.now() + RETRY_MS);
    } finally {
      this.#busy = false;
    }
  }

  async #doDue(): Promise<void> {
    const { store, clock, sift } = this.#options;
    const due = await store.dueGates({ now: clock.now(), limit: PAGE });
    if (due.length > 0) await Promise.all((await sift(due)).map((gate) => this.#do(gate)));
    const next = due.length === PAGE ? clock.now() : await store.nextGateAt();
    if (next === null) return;
    if (next <= clock.now()) this.#isWanted = true;
    else this.wakeBy(next);
  }

  async #do(gate: GateRow): Promise<void> {
    const { index, publisher, book, log, goOn } = this.#options;
    if (gate.kind === "job" || gate.kind === "schedule") return goOn(gate);
    book.see(gate);
    const spec = gate.functionId === null ? undefined : index.get(gate.functionId);
    const trigger = gate.kind === "debounce" ? await this.#triggerOf(gate) : undefined;
    const result = await publisher.publish(
      [],
      {},
      {
        gateWork: [{ kind: "due", gateId: gate.id, trigger, spec }],
      },
    );
    if (!result.ok) log.debug("a limit was looked at by another node", { gate: gate.id });
  }

  async #triggerOf(gate: GateRow): Promise<Trigger | undefined> {
    const { event } = JSON.parse(gate.state) as DebounceState;
    const [row]: (EventRow | undefined)[] = await this.#options.store.getEvents([event.eventId]);
    return row && { row, payload: eventPayload(row) };
  }
}
