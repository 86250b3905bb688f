import type { Draft } from "./draft.ts";
import type { SizeWarning } from "./transition.ts";

/** Kind of the metadata by which a run's trace shows it. */
const KIND = "stepfast.large";

function warn(draft: Draft, warning: SizeWarning): void {
  const { stepId, values } = warning;
  const content = JSON.stringify(values);
  const { runId, now: createdAt } = draft;
  draft.out.metadata.push({ runId, stepId, attempt: null, kind: KIND, op: "merge", content, createdAt });
  draft.out.warnings.push(warning);
}

/** A result that is kept, but should perhaps be kept elsewhere. */
export function warnOfOutput(draft: Draft, stepId: string, bytes: number): void {
  const { stepOutputWarnBytes: warnBytes, stepOutputBytes: limitBytes } = draft.sizes;
  if (bytes <= warnBytes) return;
  warn(draft, { message: "a step's result is large", stepId, values: { bytes, warnBytes, limitBytes } });
}

/** Once, when it comes to be so. */
export function warnOfRun(draft: Draft): void {
  const { state, sizes } = draft;
  const { runStateWarnBytes: warnBytes, runStateBytes: limitBytes } = sizes;
  if (draft.stateBytes > warnBytes && state.stateBytes <= warnBytes) {
    const values = { stateBytes: draft.stateBytes, warnBytes, limitBytes };
    warn(draft, { message: "the results of a run's steps are large together", stepId: "", values });
  }
  const { stepsPerRunWarn: warnSteps, stepsPerRun: limitSteps } = sizes;
  if (draft.stepCount > warnSteps && state.steps.size <= warnSteps) {
    const values = { steps: draft.stepCount, warnSteps, limitSteps };
    warn(draft, { message: "a run has many steps", stepId: "", values });
  }
}
