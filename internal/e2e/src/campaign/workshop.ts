import type { Inngest, StepTools } from "stepfast";
import type { Ledger } from "./ledger.ts";

export interface Task {
  /** How many attempts fail before one succeeds. Default 0. */
  failures?: number;
  /** How long the body takes between its two lines in the ledger. Default 0: it is synchronous. */
  pauseMs?: number;
}

/** A step that leaves its lines in the ledger and returns their value; a failing one throws it. */
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
      (name, { failures = 0, pauseMs = 0 } = {}) => {
        const finish = (attempt: number, value: string) => {
          ledger.end(runId, name, attempt, value);
          if (attempt < failures) throw new Error(value);
          return value;
        };
        if (pauseMs === 0)
          return step.run(name, ({ attempt }) => finish(attempt, ledger.begin(runId, name, attempt)));
        return step.run(name, async ({ attempt }) => {
          const value = ledger.begin(runId, name, attempt);
          await pause(pauseMs);
          return finish(attempt, value);
        });
      },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
