import type { Dice } from "./dice.ts";
import type { CancelRule, Failure, LaneRule, Program, ProgramFunction, ProgramOp } from "./program.ts";
import { addUndoing } from "./undoing-dice.ts";

/** Events nobody is started by: waits and cancel rules listen to them. */
export const news = ["news/a", "news/b"] as const;
export const signals = ["green", "red"] as const;

/** What the functions of a program may touch beside themselves. */
interface Surroundings {
  /** Functions that may be invoked, and one that does not exist. */
  targets: string[];
  deferrable: string[];
  /** Events that start functions further down: no program feeds itself. */
  triggers: string[];
  /**
   * Code may await what is no step, and may throw the first time only. Not in a race: its winner would be a matter of luck
   * in each replay.
   */
  mayWander: boolean;
}

const durationsMs = [0, 1, 20, 400, 1_500, 4_000, 12_000];

/** Random programs: a handful of functions that start, invoke, defer, await and cancel each other. */
export class ProgramDice {
  readonly #dice: Dice;
  #ids = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  program(): Program {
    const dice = this.#dice;
    const count = dice.int(2, 5);
    const deferred = Array.from({ length: dice.int(1, 2) }, (_, i) => this.#deferred(`late-${i}`));
    const functions: ProgramFunction[] = [];
    for (let i = count - 1; i >= 0; i--) functions.unshift(this.#function(i, functions, deferred));
    const all = [...functions, ...deferred];
    // Of its own: what else a seed plays stays as it was before there were limits.
    this.#limit(all, dice.fork("limits"));
    addUndoing(all, dice.fork("undoing"));
    return { functions: all };
  }

  #limit(functions: ProgramFunction[], dice: Dice): void {
    if (!dice.chance(0.35)) return;
    const shared = dice.int(1, 3);
    for (const fn of functions) {
      if (dice.chance(0.3)) continue;
      const own: LaneRule = { limit: dice.int(1, 3), by: dice.pick(["function", "key"] as const) };
      fn.lanes = dice.pick<LaneRule[]>([
        [own],
        [{ limit: shared, by: "shared" }],
        [own, { limit: shared, by: "shared" }],
      ]);
    }
  }

  #function(index: number, below: ProgramFunction[], deferred: ProgramFunction[]): ProgramFunction {
    const dice = this.#dice;
    const trigger = this.#trigger(index, below[0]);
    const triggers = below.flatMap((fn) =>
      fn.trigger && fn.trigger.event !== trigger?.event ? [fn.trigger.event] : [],
    );
    const targets = [...below.map(({ id }) => id), "missing"];
    const around: Surroundings = {
      targets,
      deferrable: deferred.map(({ id }) => id),
      triggers,
      mayWander: true,
    };
    const base = this.#blank(`fn-${index}`, this.#body(around, dice.int(1, 6), 2));
    base.trigger = trigger;
    base.cancelOn = dice.chance(0.3) ? Array.from({ length: dice.int(1, 2) }, () => this.#cancelRule()) : [];
    if (dice.chance(0.15)) base.timeouts.startMs = dice.pick([2_000, 20_000]);
    if (dice.chance(0.2)) base.timeouts.finishMs = dice.pick([500, 6_000, 30_000]);
    base.onFailure = dice.chance(0.3)
      ? this.#body({ ...around, targets: ["missing"], triggers: [] }, 2, 0)
      : null;
    base.idempotent = dice.chance(0.12);
    return base;
  }

  /** The first is always started from outside. One may share its event with the next: neither of them sends it. */
  #trigger(index: number, next: ProgramFunction | undefined): ProgramFunction["trigger"] {
    const dice = this.#dice;
    if (index > 0 && dice.chance(0.25)) return null;
    const event = next?.trigger && dice.chance(0.3) ? next.trigger.event : `go/${index}`;
    return { event, match: dice.chance(0.15) ? "one" : "any" };
  }

  #deferred(id: string): ProgramFunction {
    const around = { targets: ["missing"], deferrable: [], triggers: [], mayWander: true };
    return { ...this.#blank(id, this.#body(around, this.#dice.int(0, 2), 1)), isDeferred: true };
  }

  #blank(id: string, body: ProgramOp[]): ProgramFunction {
    const dice = this.#dice;
    return {
      id,
      transport: dice.chance(0.5) ? "inline" : "remote",
      trigger: null,
      isDeferred: false,
      retries: dice.int(0, 3),
      cancelOn: [],
      timeouts: { startMs: null, finishMs: null },
      onFailure: null,
      idempotent: false,
      lanes: [],
      bufferedSteps: dice.pick([0, 1, 1, 2, 3]),
      executionVersion: dice.chance(0.2) ? 1 : 2,
      body,
    };
  }

  #body(around: Surroundings, length: number, depth: number): ProgramOp[] {
    return Array.from({ length }, () => this.#op(around, depth));
  }

  #op(around: Surroundings, depth: number): ProgramOp {
    const dice = this.#dice;
    const roll = dice.fraction();
    if (depth > 0 && roll < 0.14) return { kind: "all", branches: this.#branches(around, depth) };
    if (depth > 0 && roll < 0.21) return this.#race(around, depth);
    if (depth > 0 && roll < 0.29) {
      const body = this.#body(around, dice.int(1, 2), depth - 1);
      return { kind: "try", body, fallback: this.#body(around, dice.int(0, 2), depth - 1) };
    }
    return this.#leaf(around);
  }

  #race(around: Surroundings, depth: number): ProgramOp {
    const branches = this.#branches({ ...around, mayWander: false }, depth);
    return { kind: "race", id: this.#id("race"), branches, raceMode: this.#dice.chance(0.3) };
  }

  #branches(around: Surroundings, depth: number): ProgramOp[][] {
    const dice = this.#dice;
    return Array.from({ length: dice.int(2, 4) }, () => this.#body(around, dice.int(1, 2), depth - 1));
  }

  #leaf(around: Surroundings): ProgramOp {
    const dice = this.#dice;
    const roll = dice.fraction();
    if (roll < 0.4) return this.#run();
    if (roll < 0.5) return { kind: "sleep", id: this.#id("sleep"), ms: dice.pick(durationsMs) };
    if (roll < 0.62) return this.#wait();
    if (roll < 0.68) return this.#signal();
    if (roll < 0.72) return { kind: "send-signal", id: this.#id("send-signal"), signal: dice.pick(signals) };
    if (roll < 0.8) return this.#send(around);
    if (roll < 0.88) return this.#invoke(around);
    if (roll < 0.94 && around.deferrable.length > 0) return this.#defer(around);
    if (roll < 0.97 && around.mayWander) return { kind: "think", ms: dice.pick([0, 1, 30]) };
    if (!around.mayWander) return this.#run();
    return { kind: "throw", place: this.#id("throw"), times: dice.int(1, 3), final: dice.chance(0.2) };
  }

  #run(): ProgramOp {
    const dice = this.#dice;
    const failures = dice.chance(0.3) ? Array.from({ length: dice.int(1, 4) }, () => this.#failure()) : [];
    return { kind: "run", id: this.#id("run"), ms: dice.pick([0, 0, 1, 5, 50, 800, 3_000]), failures };
  }

  #failure(): Failure {
    const roll = this.#dice.fraction();
    if (roll < 0.7) return { how: "error" };
    if (roll < 0.85) return { how: "retry-after", seconds: this.#dice.pick([1, 3, 10]) };
    return { how: "final" };
  }

  #match(): CancelRule["match"] {
    return this.#dice.pick(["any", "key", "key", "one"] as const);
  }

  #wait(): ProgramOp {
    const dice = this.#dice;
    const timeoutMs = dice.pick([0, 100, 3_000, 10_000, 40_000]);
    return { kind: "wait", id: this.#id("wait"), event: dice.pick(news), match: this.#match(), timeoutMs };
  }

  #signal(): ProgramOp {
    const dice = this.#dice;
    const conflict = dice.chance(0.5) ? "fail" : "replace";
    return {
      kind: "signal",
      id: this.#id("signal"),
      signal: dice.pick(signals),
      timeoutMs: dice.pick([2_000, 20_000]),
      conflict,
    };
  }

  #send(around: Surroundings): ProgramOp {
    const dice = this.#dice;
    return {
      kind: "send",
      id: this.#id("send"),
      event: dice.pick([...news, ...around.triggers]),
      k: dice.int(0, 2),
    };
  }

  #invoke(around: Surroundings): ProgramOp {
    const dice = this.#dice;
    const timeoutMs = dice.chance(0.25) ? dice.pick([200, 5_000]) : null;
    return {
      kind: "invoke",
      id: this.#id("invoke"),
      target: dice.pick(around.targets),
      k: dice.int(0, 2),
      timeoutMs,
    };
  }

  #defer(around: Surroundings): ProgramOp {
    const dice = this.#dice;
    const when = dice.pick(["always", "always", "success", "failure", "cancelled"] as const);
    return {
      kind: "defer",
      id: this.#id("defer"),
      target: dice.pick(around.deferrable),
      cancel: dice.chance(0.3),
      when,
    };
  }

  #cancelRule(): CancelRule {
    const dice = this.#dice;
    return {
      event: dice.pick(news),
      match: this.#match(),
      timeoutMs: dice.chance(0.3) ? dice.pick([1_000, 8_000]) : null,
    };
  }

  #id(kind: string): string {
    return `${kind}-${++this.#ids}`;
  }
}
