import type { RunRow } from "@stepfast/store";
import type { History } from "./history.ts";

/** What must not happen while a function is known to be paused: a body or a call starts. */
export function checkNotPaused(history: History, node: string, runId: string, what: string): void {
  const run = history.runs.get(runId);
  const pause = run && history.operators.pauseOf(run.functionId, node);
  if (!run || !pause) return;
  const isLate = pause.events === "hold" && run.queuedAt > pause.at;
  if (pause.runs !== "hold" && !isLate) return;
  history.journal.violate(
    "paused-starts-nothing",
    `${what} of ${runId} began, and ${run.functionId} is paused`,
  );
}

/** Events that a paused function skips are recorded as skipped. */
export function checkSkipped(history: History, node: string, run: RunRow): void {
  const pause = history.operators.pauseOf(run.functionId, node);
  if (pause?.events !== "skip" || run.origin !== "event" || run.originalRunId !== null) return;
  // It was being written when the pause was acknowledged.
  if (run.queuedAt <= pause.at) return;
  if (run.status !== "skipped")
    history.journal.violate(
      "paused-skips",
      `${run.id} of ${run.functionId} is ${run.status}, and it skips events`,
    );
}
