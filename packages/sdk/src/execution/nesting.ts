import { StepfastError } from "@stepfast/protocol";
import { asyncScope } from "./async-scope.ts";
import { follow, isFollowing } from "./following.ts";
import type { FoundStep } from "./found-step.ts";
import type { Replay } from "./replay.ts";

/** The body of a step that runs. */
export interface RunningBody {
  replay: Replay;
  step: FoundStep;
}

const bodies = asyncScope<RunningBody | undefined>();

/** The body that was entered and has not come to its first await. */
let entered: RunningBody | undefined;

/** The body that the running code belongs to, if that is known; from now on bodies are followed. */
export function wantedBody(): RunningBody | undefined {
  follow();
  const found = bodies?.getStore();
  if (found || !entered) return found;
  bodies?.enterWith(entered);
  return entered;
}

/** Runs code as part of a body that it does not belong to by itself. */
export function runInBody<R>(body: RunningBody | undefined, code: () => R): R {
  return bodies ? bodies.run(body, code) : code();
}

/**
 * Refuses steps inside the body of a step. Over a network such a body would wait for ever: the call that runs it
 * runs no other step.
 */
export class Nesting {
  readonly #replay: Replay;
  readonly #isDeep: boolean;
  #current: FoundStep | undefined;

  /** `isDeep`: also steps behind an `await` of the body are noticed. That slows down every promise of the process. */
  constructor(replay: Replay, isDeep: boolean) {
    this.#replay = replay;
    this.#isDeep = isDeep;
  }

  /** Runs a step's body. */
  enter<R>(step: FoundStep, body: () => R): R {
    const outer = this.#current;
    this.#current = step;
    try {
      return this.#within({ replay: this.#replay, step }, body);
    } finally {
      this.#current = outer;
    }
  }

  #within<R>(running: RunningBody, body: () => R): R {
    if (bodies && (this.#isDeep || isFollowing())) return bodies.run(running, body);
    const outer = entered;
    const before = bodies?.getStore();
    entered = running;
    try {
      return body();
    } finally {
      entered = outer;
      // What was asked for within is for the body's flow, not for its caller's.
      if (isFollowing()) bodies?.enterWith(before);
    }
  }

  /** The step whose body the running code belongs to. */
  get current(): FoundStep | undefined {
    return this.#current ?? this.#surrounding();
  }

  /** Whether the code that is running belongs to the body of a step. */
  get isInside(): boolean {
    return this.current !== undefined;
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
    if (!this.#isDeep && !isFollowing()) return undefined;
    const running = bodies?.getStore();
    return running?.replay === this.#replay ? running.step : undefined;
  }
}
