import { StepError } from "../../errors/step-error.ts";

/** What a test says of a step: its result, its failure, or promises of them. */
export interface StepState {
  id: string;
  data?: unknown;
  error?: unknown;
  input?: unknown;
  /** The step was run by an earlier execution: its result is there. */
  idIsHashed?: boolean;
}

/** A step with a result, as an execution tells of it. */
export interface TrialOp {
  id: string;
  data?: unknown;
  error?: unknown;
  rawArgs: unknown[];
  fulfilled: boolean;
  seen: boolean;
  promise: Promise<unknown>;
}

type Value =
  | { type: "data"; data: unknown }
  | { type: "error"; error: unknown }
  | { type: "input"; input: unknown };

/** The steps whose results a trial knows, and those that it will know when it asks. */
export class KnownSteps {
  /** As a call carries them. */
  readonly values: Record<string, Value> = {};
  readonly order: string[] = [];
  readonly #state: Record<string, StepState>;
  readonly #completionOrder: readonly string[];

  constructor(state: Record<string, StepState>, completionOrder: readonly string[]) {
    this.#state = state;
    this.#completionOrder = completionOrder;
  }

  /** Whether there is a step that nobody has asked about yet. */
  get hasMore(): boolean {
    return Object.keys(this.#state).some((id) => !(id in this.values));
  }

  /** What earlier executions left is known from the start, in the order in which it came. */
  async takeRecorded(): Promise<void> {
    const ids = new Set([...this.#completionOrder, ...Object.keys(this.#state)]);
    await this.take([...ids].filter((id) => this.#state[id]?.idIsHashed));
  }

  /** Asks for the results of these steps. False: nothing was learnt. */
  async take(ids: readonly string[]): Promise<boolean> {
    const wanted = ids.filter((id) => id in this.#state && !(id in this.values));
    for (const id of wanted) {
      this.values[id] = await resolvedValue(this.#state[id]);
      this.order.push(id);
    }
    return wanted.length > 0;
  }

  ops(): Record<string, TrialOp> {
    const ops: Record<string, TrialOp> = {};
    for (const [id, value] of Object.entries(this.values)) {
      if (value.type === "input") continue;
      const { type: _type, ...result } = value;
      ops[id] = { id, ...result, rawArgs: [], fulfilled: true, seen: true, promise: promiseOf(id, value) };
    }
    return ops;
  }
}

async function resolvedValue(state: StepState | undefined): Promise<Value> {
  const [data, error] = await Promise.all([state?.data, state?.error]);
  if (error !== undefined && error !== null) return { type: "error", error };
  if (data === undefined && Array.isArray(state?.input)) return { type: "input", input: state.input };
  return { type: "data", data: data ?? null };
}

function promiseOf(id: string, value: Value): Promise<unknown> {
  if (value.type !== "error") return Promise.resolve(value.type === "data" ? value.data : undefined);
  const failed = Promise.reject(new StepError(id, value.error));
  // Nobody has to look at it.
  failed.catch(() => undefined);
  return failed;
}
