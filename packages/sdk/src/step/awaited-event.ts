import type { StandardSchemaV1 } from "@standard-schema/spec";
import { StepError } from "../errors/step-error.ts";
import { describeIssues, validateWith } from "../function/schema.ts";

/** The awaited event if its data fit; rejects with a `StepError` if not. A timeout is null and fits. */
export function checkAwaitedEvent(stepId: string, schema: StandardSchemaV1, event: unknown): unknown {
  if (event === null || event === undefined) return null;
  const issues = validateWith(schema, (event as { data?: unknown }).data);
  return issues instanceof Promise
    ? issues.then((found) => accept(stepId, event, found))
    : accept(stepId, event, issues);
}

function accept(
  stepId: string,
  event: unknown,
  issues: readonly StandardSchemaV1.Issue[] | undefined,
): unknown {
  if (!issues) return event;
  const { name } = event as { name?: unknown };
  const message = `Event "${String(name)}" does not fit its schema: ${describeIssues(issues)}`;
  throw new StepError(stepId, { name: "EventValidationError", message });
}
