import { hashStepId, type Json } from "@stepfast/protocol";
import type { SimProcess } from "./process.ts";

/** One time that a step's body ran. */
export interface Execution {
  no: number;
  runId: string;
  stepId: string;
  /** The step's id on the wire. */
  hash: string;
  attempt: number;
  maxAttempts: number;
  pass: Pass;
  startedAt: number;
  outcome: { kind: "returned"; value: Json } | { kind: "threw"; message: string } | null;
}

/** One time that a step's rollback ran. */
export interface Undo {
  no: number;
  runId: string;
  /** The step that is undone, as the program names it. */
  stepId: string;
  /** The id of that step on the wire. */
  hash: string;
  /** What the rollback was given; undefined: nothing is known of the step's result. */
  given: Json | undefined;
  attempt: number;
  pass: Pass;
  outcome: { kind: "returned"; value: Json } | { kind: "threw"; message: string } | null;
}

/** One time that a function's code ran from its first line. */
export interface Pass {
  no: number;
  runId: string;
  functionId: string;
  requestId: string;
  process: SimProcess | null;
  attempt: number;
  /** What each step gave, in the order in which the code got it. */
  seen: [stepId: string, value: Json][];
  /** By defer id: whether it was cancelled again. */
  defers: Map<string, boolean>;
  outcome: { kind: "returned"; value: Json } | { kind: "threw"; message: string } | null;
}

/** What really happened, kept outside of everything that can crash. */
export class Ledger {
  readonly executions: Execution[] = [];
  readonly undos: Undo[] = [];
  readonly passes: Pass[] = [];
  readonly #byStep = new Map<string, Execution[]>();
  readonly #undosOf = new Map<string, Undo[]>();
  readonly #passesOf = new Map<string, Pass[]>();
  readonly #throws = new Map<string, number>();

  beginPass(pass: Omit<Pass, "no" | "seen" | "defers" | "outcome">): Pass {
    const made: Pass = { ...pass, no: this.passes.length, seen: [], defers: new Map(), outcome: null };
    this.passes.push(made);
    listOf(this.#passesOf, pass.runId).push(made);
    return made;
  }

  begin(execution: Omit<Execution, "no" | "hash" | "outcome">): Execution {
    const hash = hashStepId(execution.stepId);
    const made: Execution = { ...execution, hash, no: this.executions.length, outcome: null };
    this.executions.push(made);
    listOf(this.#byStep, `${made.runId}/${hash}`).push(made);
    return made;
  }

  beginUndo(undo: Omit<Undo, "no" | "hash" | "outcome">): Undo {
    const hash = hashStepId(undo.stepId);
    const made: Undo = { ...undo, hash, no: this.undos.length, outcome: null };
    this.undos.push(made);
    listOf(this.#undosOf, `${made.runId}/${hash}`).push(made);
    return made;
  }

  undosOf(runId: string, hash: string): readonly Undo[] {
    return this.#undosOf.get(`${runId}/${hash}`) ?? [];
  }

  executionsOf(runId: string, hash: string): readonly Execution[] {
    return this.#byStep.get(`${runId}/${hash}`) ?? [];
  }

  passesOf(runId: string): readonly Pass[] {
    return this.#passesOf.get(runId) ?? [];
  }

  /** How often a run's code has come to this place, this time included. */
  countThrow(runId: string, place: string): number {
    const key = `${runId}/${place}`;
    const count = (this.#throws.get(key) ?? 0) + 1;
    this.#throws.set(key, count);
    return count;
  }
}

function listOf<T>(map: Map<string, T[]>, key: string): T[] {
  const known = map.get(key);
  if (known) return known;
  const list: T[] = [];
  map.set(key, list);
  return list;
}
