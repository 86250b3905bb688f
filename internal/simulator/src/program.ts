/** How an attempt of a step goes wrong. */
export type Failure =
  | { how: "error" }
  | { how: "final" }
  /** Asks for its next attempt after this many seconds. */
  | { how: "retry-after"; seconds: number };

/** How a step is undone: attempt n fails as `failures[n]` says. The body takes `ms`. */
export interface Undoing {
  ms: number;
  failures: Failure[];
  /** Also where the step did not complete. */
  always: boolean;
}

/** One thing a simulated function does. `id` is unique in its function unless said otherwise. */
export type ProgramOp =
  /** Attempt n fails as `failures[n]` says; later ones return. The body takes `ms`. */
  | { kind: "run"; id: string; ms: number; failures: Failure[]; undo?: Undoing }
  | { kind: "sleep"; id: string; ms: number }
  /** `key`: only an event with the trigger's own `data.k`. */
  | { kind: "wait"; id: string; event: string; match: "any" | "key" | "one"; timeoutMs: number }
  | { kind: "signal"; id: string; signal: string; timeoutMs: number; conflict: "fail" | "replace" }
  | { kind: "send-signal"; id: string; signal: string }
  | { kind: "send"; id: string; event: string; k: number; undo?: Undoing }
  | {
      kind: "invoke";
      id: string;
      target: string;
      k: number;
      timeoutMs: number | null;
      undo?: Undoing;
    }
  | {
      kind: "defer";
      id: string;
      target: string;
      cancel: boolean;
      when: "always" | "success" | "failure" | "cancelled";
    }
  | { kind: "all"; branches: ProgramOp[][] }
  /** `raceMode`: the steps say so, and over HTTP the first is told of at once. */
  | { kind: "race"; id: string; branches: ProgramOp[][]; raceMode: boolean }
  | { kind: "try"; body: ProgramOp[]; fallback: ProgramOp[] }
  /** Awaits something that is no step. */
  | { kind: "think"; ms: number }
  /** The function's own code throws the first `times` times it comes here. */
  | { kind: "throw"; place: string; times: number; final: boolean };

export interface CancelRule {
  event: string;
  match: "any" | "key" | "one";
  timeoutMs: number | null;
}

/** A limit of calls at a time. `shared`: of all functions of the program that have it, together. */
export interface LaneRule {
  limit: number;
  by: "function" | "key" | "shared";
}

/** A simulated function. */
export interface ProgramFunction {
  id: string;
  transport: "inline" | "remote";
  /** Event that starts it; null: it is only invoked or deferred. */
  trigger: { event: string; match: "any" | "one" } | null;
  isDeferred: boolean;
  retries: number;
  cancelOn: CancelRule[];
  timeouts: { startMs: number | null; finishMs: number | null };
  onFailure: ProgramOp[] | null;
  /** One run for each `data.cart`. */
  idempotent: boolean;
  lanes: LaneRule[];
  /** Remote only: how many steps are saved together; 0: no checkpoints. */
  bufferedSteps: number;
  executionVersion: 1 | 2;
  body: ProgramOp[];
}

export interface Program {
  functions: ProgramFunction[];
}

/** Expressions of the programs, which the checks understand too. */
export const expressions = {
  any: undefined,
  key: "event.data.k == async.data.k",
  one: "async.data.k == 1",
} as const;

/** Whether an awaited event fits: what the engine has to find out by itself. */
export function fits(expression: string | null, triggerK: unknown, incomingK: unknown): boolean {
  if (expression === null || expression === undefined) return true;
  if (expression === expressions.key) return triggerK === incomingK;
  if (expression === expressions.one) return incomingK === 1;
  throw new Error(`the checks do not know the expression ${expression}`);
}

/** All ops of a body, nested ones too. */
export function* everyOp(body: ProgramOp[]): Generator<ProgramOp> {
  for (const op of body) {
    yield op;
    if (op.kind === "all" || op.kind === "race") for (const branch of op.branches) yield* everyOp(branch);
    if (op.kind === "try") {
      yield* everyOp(op.body);
      yield* everyOp(op.fallback);
    }
  }
}
