import type { StandardSchemaV1 } from "@standard-schema/spec";

type Issues = readonly StandardSchemaV1.Issue[];

/** What is wrong with a value, or nothing. */
export function validateWith(
  schema: StandardSchemaV1,
  value: unknown,
): Issues | undefined | Promise<Issues | undefined> {
  const result = schema["~standard"].validate(value);
  return result instanceof Promise ? result.then(issuesOf) : issuesOf(result);
}

function issuesOf(result: StandardSchemaV1.Result<unknown>): Issues | undefined {
  return result.issues;
}

/** Issues as one line: `path: message`, joined by commas. */
export function describeIssues(issues: Issues): string {
  return issues.map(describeIssue).join(", ");
}

function describeIssue(issue: StandardSchemaV1.Issue): string {
  const path = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}
