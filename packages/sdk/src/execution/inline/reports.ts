import { type InlineHost, type Op, StepfastError } from "@stepfast/protocol";
import type { LazyOps } from "../lazy-ops.ts";
import { afterMicrotask } from "../microtask.ts";

export interface ReportsHooks {
  /** Everything up to a report has become durable. */
  durable(): void;
  /** A report was refused: the run is no longer this call's. */
  refused(error: unknown): void;
}

/**
 * Hands ops to the engine. Ops that come up in one turn make one report; reports are numbered, and `isDurable`
 * tells how far they are safe.
 */
export class Reports {
  readonly #host: InlineHost;
  readonly #lazy: LazyOps;
  readonly #hooks: ReportsHooks;
  #buffer: Op[] = [];
  #scheduled = false;
  #made = 0;
  #durable = 0;
  /** Reports that became durable before an earlier one did. */
  #early: Set<number> | undefined;
  #stopped = false;

  constructor(host: InlineHost, lazy: LazyOps, hooks: ReportsHooks) {
    this.#host = host;
    this.#lazy = lazy;
    this.#hooks = hooks;
  }

  /** Adds an op to the next report and returns that report's number. */
  add(op: Op): number {
    this.#buffer.push(op);
    if (!this.#scheduled) {
      this.#scheduled = true;
      afterMicrotask(this.#flushScheduled);
    }
    return this.#made + 1;
  }

  /** Number of the last report that holds anything said so far. */
  get latest(): number {
    return this.#buffer.length > 0 ? this.#made + 1 : this.#made;
  }

  isDurable(report: number): boolean {
    return report <= this.#durable;
  }

  get allDurable(): boolean {
    return this.isDurable(this.latest);
  }

  readonly #flushScheduled = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  /** Reports what is buffered, lazy ops first. */
  flush(): void {
    if (this.#buffer.length === 0 || this.#stopped) return;
    const ops = this.#lazy.isEmpty ? this.#buffer : [...this.#lazy.take(), ...this.#buffer];
    this.#buffer = [];
    this.#send(ops);
  }

  /** Reports lazy ops although there is nothing to go with. */
  flushLazy(): void {
    this.flush();
    if (!this.#lazy.isEmpty && !this.#stopped) this.#send(this.#lazy.take());
  }

  #send(ops: Op[]): void {
    const report = ++this.#made;
    try {
      this.#host.report(ops).then(
        () => this.#acknowledge(report),
        (error: unknown) => this.#refuse(error),
      );
    } catch (error) {
      this.#refuse(error);
    }
  }

  #acknowledge(report: number): void {
    if (this.#stopped) return;
    if (report !== this.#durable + 1) {
      this.#early ??= new Set();
      this.#early.add(report);
      return;
    }
    this.#durable = report;
    while (this.#early?.delete(this.#durable + 1)) this.#durable++;
    this.#hooks.durable();
  }

  #refuse(error: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#hooks.refused(error);
  }

  stop(): void {
    this.#stopped = true;
    this.#buffer = [];
  }
}

/** Whether a refusal means that another call owns the run now. */
export function isStale(error: unknown): boolean {
  return StepfastError.is(error) && error.code === "stale_dispatch";
}
