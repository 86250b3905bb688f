import type { ChangeSet, Guard, Store } from "@stepfast/store";
import type { GateWork } from "../../domain/flow/gate-work.ts";
import type { Transition } from "../../domain/transition.ts";
import type { Publisher, PublishResult } from "../events/publisher.ts";

type Cause = Pick<Transition, "emissions" | "announcement" | "gateWork" | "waitGuards" | "closedWaits">;

/** The writes of one run, in the order of their decisions: each builds on those before it. */
export class RunWrites {
  readonly #host: { readonly store: Store; readonly publisher: Publisher };
  /** One that may be refused although the run is held, or looks for something before it is written: what comes after waits. */
  #unsure: Promise<PublishResult> | null = null;
  #open = 0;
  #waiting: (() => void)[] = [];

  constructor(host: { readonly store: Store; readonly publisher: Publisher }) {
    this.#host = host;
  }

  commit(cause: Cause, rows: ChangeSet): Promise<PublishResult> {
    this.#open++;
    if (this.#unsure) {
      const after = this.#unsure.then((before) =>
        before.ok ? this.#writeAfter(before, cause, rows) : before,
      );
      return this.#hold(after);
    }
    const result = this.#write(cause, rows);
    return isSure(cause) ? result : this.#hold(result);
  }

  /** What was decided without knowing of a place must be decided anew. */
  #writeAfter(
    { overtaken }: { overtaken?: Guard | null },
    cause: Cause,
    rows: ChangeSet,
  ): Promise<PublishResult> {
    if (overtaken) return Promise.resolve({ ok: false, conflict: { kind: "guard", guard: overtaken } });
    return this.#write(cause, rows);
  }

  /** Asks for places at the run's gates. */
  ask(work: Extract<GateWork, { kind: "ask" }>, rows: ChangeSet): Promise<PublishResult> {
    return this.commit({ ...NOTHING, gateWork: [work] }, rows);
  }

  #write({ emissions, announcement, gateWork }: Cause, rows: ChangeSet): Promise<PublishResult> {
    const isPlain = emissions.length === 0 && announcement === null && gateWork.length === 0;
    if (isPlain) return this.#host.store.commit(rows);
    return this.#host.publisher.publish(emissions, rows, { announcement, gateWork });
  }

  #hold(result: Promise<PublishResult>): Promise<PublishResult> {
    this.#unsure = result;
    const forget = () => {
      if (this.#unsure === result) this.#unsure = null;
    };
    result.then(forget, forget);
    return result;
  }

  /** One of them is durable. `act` is what follows from it. */
  landed(act: () => void): void {
    this.#open--;
    act();
    if (this.#open > 0) return;
    for (const start of this.#waiting.splice(0)) start();
  }

  /** Calls back once nothing is being written. */
  whenDurable(start: () => void): void {
    if (this.#open === 0) start();
    else this.#waiting.push(start);
  }
}

const NOTHING: Cause = {
  emissions: [],
  announcement: null,
  gateWork: [],
  waitGuards: [],
  closedWaits: [],
};

/** Written at once, and refused only if the run is lost. */
function isSure({ emissions, announcement, gateWork, waitGuards, closedWaits }: Cause): boolean {
  return (
    emissions.length === 0 &&
    announcement === null &&
    gateWork.length === 0 &&
    waitGuards.length === 0 &&
    closedWaits.length === 0
  );
}
