import type { ConcurrencyConfig, IncomingEvent } from "@stepfast/protocol";
import type { Dice } from "../../expression-dice.ts";
import type { Limits } from "./world.ts";

const KEYS = ["event.data.user", "event.data.model", "event.data.user + event.data.model"];
const PERIODS = ["1s", "3s", "10s"];

function lane(dice: Dice): ConcurrencyConfig {
  const limit = 1 + dice.below(3);
  const kind = dice.below(4);
  if (kind === 0) return { limit };
  if (kind === 1) return { limit, key: dice.pick(KEYS) };
  const scope = dice.pick(["env", "account"] as const);
  return { limit, scope, key: dice.pick([...KEYS.slice(0, 2), '"shared"']) };
}

function concurrency(dice: Dice): Limits["concurrency"] {
  const step = [lane(dice), ...(dice.chance(0.5) ? [lane(dice)] : [])];
  if (dice.chance(0.7)) return step;
  const fn = dice.chance(0.5)
    ? { limit: 1 + dice.below(3) }
    : { limit: 1 + dice.below(2), key: dice.pick(KEYS) };
  return dice.chance(0.5) ? { fn: [fn] } : { fn: [fn], step };
}

const keyed = (dice: Dice) => (dice.chance(0.5) ? { key: dice.pick(KEYS) } : {});

/** A function with some controls, each with small numbers, so that it is met often. */
export function randomLimits(dice: Dice, id: string): Limits {
  const limits: Limits = { id, triggers: [{ event: dice.pick(["go", "go", "come"]) }] };
  if (dice.chance(0.75)) limits.concurrency = concurrency(dice) as never;
  if (dice.chance(0.3)) {
    limits.throttle = {
      limit: 1 + dice.below(3),
      period: dice.pick(PERIODS),
      burst: dice.below(3),
      ...keyed(dice),
    };
  }
  if (dice.chance(0.15))
    limits.rateLimit = { limit: 1 + dice.below(3), period: dice.pick(PERIODS), ...keyed(dice) };
  if (dice.chance(0.15)) limits.idempotency = "event.data.once";
  if (dice.chance(0.2)) limits.timeouts = { start: dice.pick(["2s", "8s"]) };
  if (dice.chance(0.15)) limits.timeouts = { ...limits.timeouts, finish: "6s" };
  if (dice.chance(0.15)) {
    limits.batchEvents = { maxSize: 2 + dice.below(3), timeout: "3s", ...keyed(dice) };
    return limits;
  }
  if (dice.chance(0.15))
    limits.debounce = { period: "2s", ...(dice.chance(0.5) ? { timeout: "5s" } : {}), ...keyed(dice) };
  if (dice.chance(0.15)) limits.singleton = { mode: dice.pick(["skip", "cancel"] as const), ...keyed(dice) };
  if (dice.chance(0.3)) limits.priority = { run: "event.data.urgent" };
  return limits;
}

/** An event whose run does this and that, and takes its time over it. */
export function randomEvent(dice: Dice, functionIds: string[], nowMs: number): IncomingEvent {
  const item = () =>
    dice.pick(["step", "step", "nap", "par 2", "par 3", "fail", `invoke ${dice.pick(functionIds)}`]);
  const data = {
    plan: dice.list(3, item).join(";"),
    ms: dice.pick([10, 300, 1_000, 2_500]),
    user: dice.pick(["ann", "bob", "cid"]),
    model: dice.pick(["x", "y"]),
    ...(dice.chance(0.4) ? { urgent: dice.pick([-10, 0.5, 3, 600]) } : {}),
    ...(dice.chance(0.5) ? { once: dice.pick(["1", "2", "3"]) } : {}),
  };
  const ts = dice.chance(0.1) ? { ts: nowMs + dice.pick([-5_000, 1_500]) } : {};
  return { name: dice.pick(["go", "go", "go", "come"]), data, ...ts };
}
