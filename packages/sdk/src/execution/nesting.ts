import { StepfastError } from "@stepfast/protocol";
import { asyncScope } from "./async-scope.ts";
import type { FoundStep } from "./found-step.ts";

interface Inside {
  nesting: Nesting;
  step: FoundStep;
}

const bodies = asyncScope<Inside>();

/**
 * Refuses steps inside the body of a step. Over a network such a body would wait for ever: the call that runs it
 * runs no other step.
 */
export class Nesting {
  readonly #isDeep: boolean;
  #current: FoundStep | undefined;

  /** `isDeep`: also steps behind an `await` of the body are noticed. That slows down every promise of the process. */
  constructor(isDeep: boolean) {
    this.#isDeep = isDeep && bodies !== undefined;
  }

  /** Runs a step's body. */
  enter<R>(step: FoundStep, body: () => R): R {
    const outer = this.#current;
    this.#current = step;
    try {
      return this.#isDeep && bodies ? bodies.run({ nesting: this, step }, body) : body();
    } finally {
      this.#current = outer;
    }
  }

  /** The step whose body the running code belongs to. */
  get current(): FoundStep | undefined {
    return this.#current ?? this.#surrounding();
  }

  /** Whether the code that is running belongs to the body of a step. */
  get isInside(): boolean {
    return (this.#current ?? this.#surrounding()) !== undefined;
  }

  /** Throws `nested_step` inside a body. */
  check(stepId: string): void {
    const outer = this.current;
    if (!outer) return;
    throw new StepfastError(
      "nested_step",
      `Step "${stepId}" is inside the body of step "${outer.userId}": call it before or after that step, not within`,
    );
  }

  #surrounding(): FoundStep | undefined {
    if (!this.#isDeep) return undefined;
    const inside = bodies?.getStore();
    return inside?.nesting === this ? inside.step : undefined;
  }
}
