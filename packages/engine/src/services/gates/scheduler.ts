import type { GateRow, Store } from "@stepfast/store";
import type { FunctionIndex } from "../../domain/function-index.ts";
import type { FunctionSpec } from "../../domain/function-spec.ts";
import { dueTicks } from "../../domain/schedule/due-ticks.ts";
import { renewed, scheduleRow, scheduleState } from "../../domain/schedule/ledger.ts";
import { isRegistered, ledgerPlan } from "../../domain/schedule/ledger-plan.ts";
import type { ScheduleSpec } from "../../domain/schedule/schedule-spec.ts";
import { timerEvent } from "../../domain/schedule/timer-event.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Publisher } from "../events/publisher.ts";

const PAGE = 400;
const MAX_TRIES = 20;
/** A schedule whose function's code has not come yet is looked at again then, or when it comes. */
const ABSENT_MS = 60_000;

export interface SchedulerOptions {
  store: Store;
  clock: Clock;
  log: Log;
  newId: () => string;
  index: FunctionIndex;
  publisher: Publisher;
  /** Looks at what other nodes have registered. */
  reload: () => Promise<void>;
  /** An entry wants to be looked at by then. */
  onDue: (at: number) => void;
}

/** Keeps the ledger of schedules: one entry a cron trigger, from its registration on. Every node may. */
export class Scheduler {
  readonly #options: SchedulerOptions;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Brings the ledger into line with the functions that the store knows. */
  async settle(): Promise<void> {
    const { store, clock, newId, onDue } = this.#options;
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const entries = await this.#entries();
      const plan = ledgerPlan(entries, await store.listFunctions(), { now: clock.now(), newId });
      if (plan === null) return;
      const result = await store.commit(plan);
      if (!result.ok) continue;
      for (const { dueAt } of plan.gates ?? []) if (dueAt !== null) onDue(dueAt);
      return;
    }
    throw new Error("Other nodes keep changing the schedules");
  }

  async #entries(): Promise<GateRow[]> {
    const entries: GateRow[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const after: { cursor?: string } = cursor === "" ? {} : { cursor };
      const page = await this.#options.store.listGates({ kinds: ["schedule"], limit: PAGE, ...after });
      entries.push(...page);
      cursor = page.length < PAGE ? null : (page.at(-1)?.id ?? null);
    }
    return entries;
  }

  /** The entry's time has come: its ticks become events, in the commit that says so in the ledger. */
  async tick(gate: GateRow): Promise<void> {
    let fn = this.#functionOf(gate);
    if (!fn) {
      await this.#options.reload();
      fn = this.#functionOf(gate);
    }
    const spec = fn?.schedules.find((schedule) => schedule.gateId === gate.id);
    if (fn && spec) await this.#fire(gate, spec, fn);
    else await this.#putOff(gate);
  }

  #functionOf({ id, functionId }: GateRow): FunctionSpec | undefined {
    const fn = functionId === null ? undefined : this.#options.index.get(functionId);
    return fn?.schedules.some((schedule) => schedule.gateId === id) ? fn : undefined;
  }

  async #fire(gate: GateRow, spec: ScheduleSpec, { id: functionId, appId }: FunctionSpec): Promise<void> {
    const { publisher, clock, newId, log } = this.#options;
    const now = clock.now();
    const { fire, leftOut, state } = dueTicks(spec, renewed(scheduleState(gate), spec, appId), now);
    const events = fire.map((tick) => timerEvent(spec, tick, { appId, now, newId }));
    const result = await publisher.publish(events, {
      guards: [{ kind: "gate", id: gate.id, stamp: gate.stamp }],
      gates: [scheduleRow(spec, state, newId())],
    });
    if (!result.ok) log.debug("a schedule was looked at by another node", { functionId });
    else if (leftOut > 0) {
      const { catchUp } = spec;
      log.warn("ticks of a schedule were missed, and left out", { functionId, leftOut, catchUp });
    }
  }

  /** The function is gone, or its code has not come to this process yet. */
  async #putOff(gate: GateRow): Promise<void> {
    const { store, clock, newId } = this.#options;
    const guards = [{ kind: "gate" as const, id: gate.id, stamp: gate.stamp }];
    const changes = isRegistered(gate, await store.listFunctions())
      ? { gates: [{ ...gate, stamp: newId(), dueAt: clock.now() + ABSENT_MS }] }
      : { endedGates: [gate.id] };
    await store.commit({ guards, ...changes });
  }
}
