import type { Inngest, StepTools } from "stepfast";
import type { Ledger } from "./ledger.ts";

export interface Task {
  /** How many attempts fail before one succeeds. Default 0. */
  failures?: number;
  /** How long the body takes before and after it writes to the ledger. Default 0: it is synchronous. */
  pauseMs?: number;
}

/** A step that leaves a line in the ledger and returns the line's value; a failing one throws it. */
export type RunTask = (name: string, task?: Task) => Promise<string>;

/** What the functions under test are made with. */
export interface Workshop {
  client: Inngest;
  tasks(step: StepTools, runId: string): RunTask;
}

export function workshop(client: Inngest, ledger: Ledger): Workshop {
  return {
    client,
    tasks:
      (step, runId) =>
      (name, task = {}) => {
        const note = (attempt: number) => {
          const value = ledger.add(runId, name, attempt);
          if (attempt < (task.failures ?? 0)) throw new Error(value);
          return value;
        };
        const { pauseMs = 0 } = task;
        if (pauseMs === 0) return step.run(name, ({ attempt }) => note(attempt));
        return step.run(name, async ({ attempt }) => {
          await pause(pauseMs);
          const value = note(attempt);
          await pause(pauseMs);
          return value;
        });
      },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
