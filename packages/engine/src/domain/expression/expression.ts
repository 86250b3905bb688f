import { type EventPayload, type Json, StepfastError } from "@stepfast/protocol";
import { compileNode, rootScope } from "./compiler.ts";
import { type Equality, type EqualityKey, equalitiesOf, isKeyValue } from "./equality-key.ts";
import { type Evaluate, evaluationError, type Frame, FUEL, outOfBudget } from "./frame.ts";
import { parseExpression } from "./syntax.ts";
import { isTruthy, measure } from "./values.ts";

/** `event`: the event that triggered. `async`: the one that came later (waits and cancellations). */
export interface ExpressionVars {
  event?: EventPayload | undefined;
  async?: EventPayload | undefined;
}

/** A compiled expression. Evaluating it throws `invalid_expression` or `expression_budget`. */
export class Expression {
  readonly text: string;
  readonly #evaluate: Evaluate;
  readonly #equalities: Equality[];

  constructor(text: string) {
    const ast = parseExpression(text);
    const scope = rootScope(text);
    this.text = text;
    this.#evaluate = compileNode(ast, scope);
    this.#equalities = equalitiesOf(ast, scope);
  }

  /** Whether the condition holds. */
  test(vars: ExpressionVars): boolean {
    return isTruthy(this.#run(this.#evaluate, newFrame(vars)));
  }

  /** The value, for keys. */
  value(vars: ExpressionVars): Json {
    const frame = newFrame(vars);
    return this.#run((running) => {
      const value = this.#evaluate(running);
      measure(running, value);
      return value;
    }, frame);
  }

  /**
   * What an event must hold for `event == triggering event` and that event as `async` to match: the first equality
   * that binds a member of `async` to a scalar. Null if there is none; then every event of the name has to be tested.
   */
  waitKey(event: EventPayload): EqualityKey | null {
    return this.#key("async", { event }, "event");
  }

  /** The first equality that binds a member of `event` to a constant. */
  constantKey(): EqualityKey | null {
    return this.#key("event", {}, undefined);
  }

  #key(variable: "event" | "async", vars: ExpressionVars, allowed: string | undefined): EqualityKey | null {
    for (const equality of this.#equalities) {
      if (equality.variable !== variable) continue;
      if ([...equality.mentions].some((name) => name !== allowed && isVariable(name))) continue;
      const value = this.#tryValue(equality.other, vars);
      if (isKeyValue(value)) return { path: equality.path, value };
    }
    return null;
  }

  /** Null where the evaluation fails: then that equality is of no use as a key. */
  #tryValue(evaluate: Evaluate, vars: ExpressionVars): Json {
    try {
      return evaluate(newFrame(vars));
    } catch {
      return null;
    }
  }

  #run(evaluate: Evaluate, frame: Frame): Json {
    try {
      return evaluate(frame);
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #explained(error: unknown): StepfastError {
    const known = StepfastError.is(error) ? error : failure(error);
    return new StepfastError(known.code, `expression "${shortened(this.text)}": ${known.message}`, {
      cause: error,
    });
  }
}

function failure(error: unknown): StepfastError {
  return error instanceof RangeError ? outOfBudget() : evaluationError(`it failed (${String(error)})`);
}

function isVariable(name: string): boolean {
  return name === "event" || name === "async";
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function newFrame(vars: ExpressionVars): Frame {
  return {
    event: (vars.event ?? null) as unknown as Json,
    async: (vars.async ?? null) as unknown as Json,
    locals: [],
    fuel: FUEL,
  };
}
