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

  /** Whether it may look at the variable. */
  mentions(variable: "event" | "output" | "error"): boolean {
    return new RegExp(`\\b${variable}\\b`).test(this.text);
  }

  /** Whether the condition holds. One that fails on these values, or costs too much on them, does not. */
  test(vars: SearchVars): boolean {
    return this.judge(vars) === true;
  }

  /** The same; null: it costs too much on these values to be known. */
  judge(vars: SearchVars): boolean | null {
    const locals = variables.map((name) => vars[name] ?? null);
    const event = vars.event as unknown as Json;
    try {
      return isTruthy(this.#evaluate({ event, async: null, locals, fuel: FUEL }));
    } catch (error) {
      if (error instanceof RangeError) return null;
      if (StepfastError.is(error)) return error.code === "expression_budget" ? null : false;
      throw error;
    }
  }
}
