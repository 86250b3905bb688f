import type { Inngest, StepTools } from "stepfast";
import { type AppUnderTest, calledApp } from "./app-under-test.ts";
import { calls } from "./call.ts";
import type { Ledger } from "./ledger.ts";

export interface Task {
  /** How many attempts fail before one succeeds. Default 0. */
  failures?: number;
  /** How long the body takes between its two lines in the ledger. Default 0: it is synchronous. */
  pauseMs?: number;
  /** The step has a rollback, which leaves its lines under the name that {@link undoOf} gives. */
  isUndone?: boolean;
}

/** A step that leaves its lines in the ledger and returns their value; a failing one throws it. */
export type RunTask = (name: string, task?: Task) => Promise<string>;

/** What the functions under test are made with. */
export interface Workshop {
  client: Inngest;
  /** Full id of a function, from its own. */
  slug(id: string): string;
  /** Name of the app's event of this kind. */
  eventName(kind: string): string;
  /** `needed`, and those that the app has to spare. */
  retries(needed: number): number;
  tasks(step: StepTools, runId: string): RunTask;
}

/** As many as a function may have. */
const MOST_RETRIES = 20;

export function workshop(client: Inngest, ledger: Ledger, app: AppUnderTest = calledApp): Workshop {
  return {
    client,
    slug: (id) => `${app.id}-${id}`,
    eventName: (kind) => `${app.domain}/${kind}`,
    retries: (needed) => Math.min(MOST_RETRIES, needed + app.spareAttempts),
    tasks: (step, runId) => taskRunner(step, runId, { ledger, slowness: app.slowness }),
  };
}

/** What the rollback of a step is called in the ledger, and by `stepsOf`. */
export function undoOf(step: string): string {
  return `undo-${step}`;
}

function taskRunner(
  step: StepTools,
  runId: string,
  { ledger, slowness }: { ledger: Ledger; slowness: number },
): RunTask {
  return (name, { failures = 0, pauseMs = 0, isUndone = false } = {}) => {
    const finish = (attempt: number, value: string) => {
      ledger.end(runId, name, attempt, value);
      if (attempt < failures) throw new Error(value);
      return value;
    };
    // The published package gives a step's body no context.
    const attemptOf = (context?: { attempt: number }) => context?.attempt ?? calls.getStore()?.attempt ?? 0;
    const atOnce = (context?: { attempt: number }) => {
      const attempt = attemptOf(context);
      return finish(attempt, ledger.begin(runId, name, attempt));
    };
    const inTime = async (context?: { attempt: number }) => {
      const attempt = attemptOf(context);
      const value = ledger.begin(runId, name, attempt);
      await pause(pauseMs * slowness);
      return finish(attempt, value);
    };
    const running = pauseMs === 0 ? step.run(name, atOnce) : step.run(name, inTime);
    if (!isUndone) return running;
    return running.rollback((_: unknown, { attempt }: { attempt: number }) => {
      const value = ledger.begin(runId, undoOf(name), attempt);
      ledger.end(runId, undoOf(name), attempt, value);
      return value;
    });
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
