import type { GateRow, Store } from "@stepfast/store";
import type { FunctionIndex } from "../domain/function-index.ts";
import { RETENTION_ID, type RetentionPolicy } from "../domain/retention.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import { BulkJobs } from "./bulk-jobs.ts";
import type { GateBook } from "./gate-book.ts";
import { GateClock } from "./gate-clock.ts";
import { Limits } from "./limits.ts";
import { Pauses } from "./pauses.ts";
import type { Publisher } from "./publisher.ts";
import type { Registry } from "./registry.ts";
import { Reruns } from "./reruns.ts";
import { Retention } from "./retention.ts";
import type { RunKeeper } from "./run-keeper.ts";
import { Scheduler } from "./scheduler.ts";

/** Runs that one commit of a bulk operation is about. */
const PORTION = 100;

export interface GateDeskOptions {
  store: Store;
  clock: Clock;
  log: Log;
  newId: () => string;
  index: FunctionIndex;
  book: GateBook;
  publisher: Publisher;
  keeper: RunKeeper;
  /** It needs the desk, too: it is asked for when it is needed. */
  registry: () => Registry;
  retention: RetentionPolicy;
  portion: number | undefined;
}

/** All that is done at gates of itself when their time comes, and what operators have done there. */
export class GateDesk {
  readonly clock: GateClock;
  readonly reruns: Reruns;
  readonly jobs: BulkJobs;
  readonly retention: Retention;
  readonly scheduler: Scheduler;
  readonly limits: Limits;
  readonly pauses: Pauses;

  constructor(options: GateDeskOptions) {
    const { keeper, registry, retention: policy, portion = PORTION, ...others } = options;
    const shared = { ...others, portion };
    const onDue = (at: number) => this.clock.wakeBy(at);
    this.reruns = new Reruns(shared);
    this.jobs = new BulkJobs({
      ...shared,
      reruns: this.reruns,
      onDue,
      isCrowded: () => keeper.isCrowded,
      deliver: (messages) => keeper.deliverAll(messages),
    });
    this.retention = new Retention({ ...shared, policy, onDue });
    this.limits = new Limits({ ...shared, registry });
    this.pauses = new Pauses({
      ...shared,
      hold: () => keeper.holdPaused(),
      claimSoon: () => keeper.claimSoon(),
    });
    this.scheduler = new Scheduler({ ...shared, reload: () => registry().load(), onDue });
    this.clock = new GateClock({ ...shared, goOn: (gate) => this.#goOn(gate) });
  }

  stop(): void {
    this.clock.stop();
    this.pauses.stop();
  }

  #goOn(gate: GateRow): Promise<void> {
    if (gate.kind === "schedule") return this.scheduler.tick(gate);
    return gate.id === RETENTION_ID ? this.retention.goOn(gate) : this.jobs.goOn(gate);
  }
}
