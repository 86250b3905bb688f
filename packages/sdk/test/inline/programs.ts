import type { StepTools } from "../../src/index.ts";
import { NonRetriableError } from "../../src/index.ts";
import { turn } from "./mini-engine.ts";

/** A random function: what it does depends on nothing but what its steps give. */
export type Program =
  | { kind: "step"; id: string; turns: number; failures: number; isFinal: boolean }
  | { kind: "sleep"; id: string }
  | { kind: "hops"; count: number }
  | { kind: "sequence" | "all" | "race"; parts: Program[] }
  | { kind: "depends"; on: Program; even: Program; odd: Program };

/** `ids`: how many step ids there are; few of them are used again and again. */
export function randomProgram(random: () => number, ids = random() < 0.5 ? 12 : 100_000, depth = 3): Program {
  const pick = (count: number) => Math.floor(random() * count);
  const inner = () => randomProgram(random, ids, depth - 1);
  const someId = () => `s${pick(ids)}`;
  const aStep = (): Program => ({
    kind: "step",
    id: someId(),
    turns: pick(4),
    failures: Math.max(0, pick(8) - 5),
    isFinal: pick(8) === 0,
  });
  const parts = () => Array.from({ length: 1 + pick(4) }, inner);
  const leaf = pick(10);
  if (depth === 0 || leaf < 3) {
    if (pick(5) === 0) return { kind: "sleep", id: someId() };
    if (pick(4) === 0) return { kind: "hops", count: pick(10) };
    return aStep();
  }
  if (leaf < 6) return { kind: "sequence", parts: parts() };
  if (leaf < 8) return { kind: "all", parts: parts() };
  // Code that races a step without a step of its own is not deterministic, whoever runs it.
  if (leaf < 9)
    return { kind: "race", parts: parts().map((part) => ({ kind: "sequence", parts: [aStep(), part] })) };
  return { kind: "depends", on: inner(), even: inner(), odd: inner() };
}

/** Runs a program. The result tells everything that could differ: also who won and who failed. */
export async function execute(
  program: Program,
  step: StepTools,
  onBody: (key: string) => void,
): Promise<string> {
  switch (program.kind) {
    case "step":
      return runStep(program, step, onBody);
    case "sleep":
      await step.sleep(program.id, "1h");
      return `slept ${program.id}`;
    case "hops":
      for (let i = 0; i < program.count; i++) await null;
      return "";
    case "sequence": {
      let result = "";
      for (const part of program.parts) result += `(${await execute(part, step, onBody)})`;
      return result;
    }
    case "all":
      return (await Promise.all(program.parts.map((part) => execute(part, step, onBody)))).join("+");
    case "race":
      return Promise.race(
        program.parts.map((part, i) => execute(part, step, onBody).then((result) => `${i}:${result}`)),
      );
    case "depends": {
      const result = await execute(program.on, step, onBody);
      return `${result}?${await execute(result.length % 2 === 0 ? program.even : program.odd, step, onBody)}`;
    }
  }
}

async function runStep(
  { id, turns, failures, isFinal }: Extract<Program, { kind: "step" }>,
  step: StepTools,
  onBody: (key: string) => void,
): Promise<string> {
  try {
    return await step.run(id, async ({ attempt, idempotencyKey }) => {
      onBody(idempotencyKey.slice(idempotencyKey.indexOf(":") + 1));
      for (let i = 0; i < turns; i++) await turn();
      if (isFinal) throw new NonRetriableError(`${id} failed`);
      if (attempt < failures) throw new Error(`${id} failed for now`);
      return `ran ${id}`;
    });
  } catch (error) {
    return `caught ${(error as Error).message}`;
  }
}
