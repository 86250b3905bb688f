/** A bulk operation as the store has it: what its gate says. */
export interface JobState {
  kind: "cancel" | "replay";
  filter: { functionIds?: string[]; statuses?: string[]; expression?: string };
  status: "running" | "completed" | "stopped";
  looked: number;
  matched: number;
  createdAt: number;
}

/** What the checks remember of a bulk operation. */
export interface KnownJob {
  state: JobState;
  /** Runs there were when it began. */
  runs: Set<string>;
  told: Set<string>;
}
