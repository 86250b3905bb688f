import type { GateRow, Store } from "@stepfast/store";
import type { FunctionIndex } from "../../domain/function-index.ts";
import { RETENTION_ID, type RetentionPolicy } from "../../domain/retention.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Publisher } from "../events/publisher.ts";
import { BulkJobs } from "../jobs/bulk-jobs.ts";
import { JobPortions } from "../jobs/job-portions.ts";
import { Retention } from "../jobs/retention.ts";
import type { Registry } from "../registry.ts";
import { Reruns } from "../runs/reruns.ts";
import type { RunKeeper } from "../runs/run-keeper.ts";
import type { GateBook } from "./gate-book.ts";
import { GateClock } from "./gate-clock.ts";
import { Limits } from "./limits.ts";
import { isPromise, Openings } from "./openings.ts";
import { Pauses } from "./pauses.ts";
import { PutBackClock } from "./put-back-clock.ts";
import { Scheduler } from "./scheduler.ts";
import { UnownedGates } from "./unowned-gates.ts";

/** Runs that one transaction of retention is about. */
const PRUNED_TOGETHER = 100;

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
  readonly #portions: JobPortions;
  readonly retention: Retention;
  readonly scheduler: Scheduler;
  readonly limits: Limits;
  readonly openings: Openings;
  readonly pauses: Pauses;
  readonly putBackClock: PutBackClock;

  constructor(options: GateDeskOptions) {
    const { keeper, registry, retention: policy, portion, ...shared } = options;
    const onDue = (at: number) => this.clock.wakeBy(at);
    this.reruns = new Reruns(shared);
    this.jobs = new BulkJobs({ ...shared, onDue });
    this.#portions = new JobPortions({
      ...shared,
      portion,
      reruns: this.reruns,
      onDue,
      isCrowded: () => keeper.isCrowded,
      ownerOfNext: (count, spec) => keeper.ownerOfNext(count, spec),
      deliver: (messages) => keeper.deliverAll(messages),
      whenConsumed: (messageId, patienceMs) => keeper.whenConsumed(messageId, patienceMs),
    });
    this.retention = new Retention({ ...shared, policy, portion: portion ?? PRUNED_TOGETHER, onDue });
    const reload = () => registry().load();
    const unowned = new UnownedGates({ ...shared, reload, onDue });
    this.openings = new Openings({
      ...shared,
      reload,
      onDue,
      open: async (functionIds) => {
        await unowned.bringBack(functionIds);
        await this.limits.openAll(functionIds);
      },
    });
    this.limits = new Limits({ ...shared, registry, promise: (appId) => this.openings.promise(appId) });
    this.pauses = new Pauses({
      ...shared,
      hold: () => keeper.holdPaused(),
      claimSoon: () => keeper.claimSoon(),
    });
    this.scheduler = new Scheduler({ ...shared, reload, onDue });
    const looks = [
      () => this.scheduler.settle(),
      () => this.retention.start(),
      () => this.openings.openAll(),
    ];
    this.putBackClock = new PutBackClock({ ...shared, looks, onDue });
    const sift = (due: GateRow[]) => unowned.sift(due);
    this.clock = new GateClock({ ...shared, sift, goOn: (gate) => this.#goOn(gate) });
  }

  stop(): void {
    this.clock.stop();
    this.pauses.stop();
    this.openings.stop();
    this.putBackClock.stop();
  }

  #goOn(gate: GateRow): Promise<void> {
    if (gate.kind === "schedule") return this.scheduler.tick(gate);
    if (isPromise(gate)) return this.openings.goOn(gate);
    return gate.id === RETENTION_ID ? this.retention.goOn(gate) : this.#portions.goOn(gate);
  }
}
