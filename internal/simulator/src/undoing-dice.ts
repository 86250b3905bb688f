import type { Dice } from "./dice.ts";
import { everyOp, type Failure, type ProgramFunction, type Undoing } from "./program.ts";

/** Gives steps of some programs a rollback. */
export function addUndoing(functions: ProgramFunction[], dice: Dice): void {
  if (!dice.chance(0.5)) return;
  const share = dice.pick([0.3, 0.6, 1]);
  const always = dice.pick([0, 0.3, 1]);
  for (const fn of functions) {
    for (const op of everyOp([...fn.body, ...(fn.onFailure ?? [])])) {
      if (op.kind !== "run" && op.kind !== "send" && op.kind !== "invoke") continue;
      if (dice.chance(share)) op.undo = undoing(dice, always);
    }
    // A run that succeeds undoes nothing.
    if (dice.chance(0.4)) fn.body.push(failing(fn, dice));
  }
}

function undoing(dice: Dice, always: number): Undoing {
  const failures = dice.chance(0.3) ? Array.from({ length: dice.int(1, 4) }, () => failure(dice)) : [];
  return { ms: dice.pick([0, 0, 1, 20, 700, 2_500]), failures, always: dice.chance(always) };
}

function failure(dice: Dice): Failure {
  const roll = dice.fraction();
  if (roll < 0.7) return { how: "error" };
  return roll < 0.85 ? { how: "retry-after", seconds: dice.pick([1, 3]) } : { how: "final" };
}

/** A last step that fails for good. */
function failing({ id }: ProgramFunction, dice: Dice): ProgramFunction["body"][number] {
  return { kind: "run", id: `broken-${id}`, ms: dice.pick([0, 5, 300]), failures: [{ how: "final" }] };
}
