export type { BulkFilter, BulkJob, JobKind } from "./domain/bulk-job.ts";
export { SearchExpression, type SearchVars } from "./domain/expression/search.ts";
export type { PauseState } from "./domain/pause.ts";
export type { RerunStart } from "./domain/rerun.ts";
export type { EndedStatus, RetentionPolicy } from "./domain/retention.ts";
export * from "./engine.ts";
export * from "./ports/index.ts";
export type { JobPreview, JobView } from "./services/bulk-jobs.ts";
