import { StepfastError } from "@stepfast/protocol";
import { wantedRun } from "../execution/ambient.ts";
import { wantedBody } from "../execution/nesting.ts";

type Fetch = typeof globalThis.fetch;

/** A `fetch` for libraries that take one. */
export interface StepFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** What is called where there is no run, and within the body of a step; undefined: such calls are refused. */
  readonly fallback: Fetch | undefined;
  /** Another `fetch` with this fallback. */
  config(options: StepFetch.Options): StepFetch;
}

export declare namespace StepFetch {
  interface Options {
    fallback?: Fetch | undefined;
  }
}

// Looked up late, so that a global one that was installed afterwards counts.
const globalFetch: Fetch = (input, init) => globalThis.fetch(input, init);

function stepFetch(fallback: Fetch | undefined): StepFetch {
  const call = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const run = wantedRun();
    if (run && !wantedBody()) return run.step.fetch(input, init);
    if (fallback) return fallback(input, init);
    throw new StepfastError(
      "invalid_request",
      "This fetch has no fallback: call it within a function and outside its steps, or give it one with fetch.config",
    );
  };
  return Object.assign(call, {
    fallback,
    config: (options: StepFetch.Options) => stepFetch(options.fallback),
  });
}

/**
 * `step.fetch` of the function that is running, for libraries that take a `fetch`: `new Api({ fetch })`. Elsewhere, and within
 * the body of a step, the global `fetch` or another fallback.
 */
export const fetch: StepFetch = stepFetch(globalFetch);
