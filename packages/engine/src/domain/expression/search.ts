import type { EventPayload, Json } from "@stepfast/protocol";
import { StepfastError } from "@stepfast/protocol";
import { compileNode, rootScope } from "./compiler.ts";
import { type Evaluate, FUEL } from "./frame.ts";
import { parseExpression } from "./syntax.ts";
import { isTruthy } from "./values.ts";

/** What a search sees of one run, or of one event: then the rest is null. */
export interface SearchVars {
  event: EventPayload | null;
  /** What the function returned. */
  output?: Json;
  /** Why the run failed or was cancelled. */
  error?: Json;
  /** The run's `id`, `status`, `function`, `app` and `attempt`. */
  run?: Json;
}

const variables = ["output", "error", "run"] as const;

/** A condition on events and runs by which lists are searched (docs/expressions.md). */
export class SearchExpression {
  readonly text: string;
  readonly #evaluate: Evaluate;

  /** Throws `invalid_expression` with the position. */
  constructor(text: string) {
    const scope = rootScope(text, variables);
    this.text = text;
    this.#evaluate = compileNode(parseExpression(text), scope);
  }

  /** Whether the condition holds. One that fails on these values, or costs too much on them, does not. */
  test(vars: SearchVars): boolean {
    const locals = variables.map((name) => vars[name] ?? null);
    const event = vars.event as unknown as Json;
    try {
      return isTruthy(this.#evaluate({ event, async: null, locals, fuel: FUEL }));
    } catch (error) {
      if (StepfastError.is(error) || error instanceof RangeError) return false;
      throw error;
    }
  }
}
