import { StepfastError } from "@stepfast/protocol";
import type { ChangeSet, CommitResult, Store } from "@stepfast/store";

/** What happens at a commit: the node dies, or the store fails, before or after it was carried out. */
export type Fault = { kind: "die" | "fail"; when: "before" | "after" };

export interface LinkHost {
  /** Asked at each commit of any node. */
  fault(): Fault | null;
  /** A commit was carried out. */
  committed(changes: ChangeSet): void;
  died(link: NodeLink): void;
  /** Turns of the event loop until a commit is answered. */
  ackTurns: number;
}

/** A node's way to the store. A node that is dead hears nothing any more. */
export class NodeLink {
  readonly store: Store;
  isDead = false;
  /** Calls that are not answered yet. */
  pending = 0;
  calls = 0;
  #isFailing = false;
  readonly #host: LinkHost;

  constructor(store: Store, host: LinkHost) {
    this.#host = host;
    this.store = new Proxy(store, { get: (target, name) => this.#member(target, name) });
  }

  #member(target: Store, name: string | symbol): unknown {
    const member: unknown = Reflect.get(target, name);
    if (typeof member !== "function") return member;
    if (name === "onHint") return member.bind(target);
    return (...args: unknown[]) =>
      this.#call(() =>
        name === "commit" ? this.#commit(target, args[0] as ChangeSet) : member.apply(target, args),
      );
  }

  #call(call: () => Promise<unknown>): Promise<unknown> {
    if (this.isDead) return new Promise(() => {});
    this.calls++;
    this.pending++;
    const answered = call().finally(() => {
      this.pending--;
    });
    return new Promise((resolve, reject) => {
      answered.then(
        (value) => this.isDead || resolve(value),
        (error: unknown) => this.isDead || reject(error),
      );
    });
  }

  async #commit(target: Store, changes: ChangeSet): Promise<CommitResult> {
    if (this.#isFailing) throw unavailable();
    const fault = this.#host.fault();
    if (fault?.when === "before") this.#suffer(fault);
    if (fault) this.#failForNow();
    const result = await target.commit(changes);
    if (result.ok) this.#host.committed(changes);
    // What is carried out is not known at once: meanwhile the next is asked for.
    for (let turn = 0; turn < this.#host.ackTurns; turn++)
      await new Promise((resolve) => setImmediate(resolve));
    if (fault?.when === "after") this.#suffer(fault);
    return result;
  }

  /** What is asked for before the failure is known must fail, too. */
  #failForNow(): void {
    this.#isFailing = true;
    setImmediate(() => {
      this.#isFailing = false;
    });
  }

  #suffer(fault: Fault): void {
    this.#failForNow();
    if (fault.kind === "die") this.#host.died(this);
    throw unavailable();
  }
}

function unavailable(): StepfastError {
  return new StepfastError("store_unavailable", "The test lets this write fail");
}
