import type { AttemptRow, LoadedRun, MetadataRow } from "@stepfast/store";

/** Of the format: a reader that knows another one must not guess. */
export const ARCHIVE_VERSION = 1;

export interface ArchivedRun extends Pick<LoadedRun, "run" | "steps" | "events"> {
  attempts: AttemptRow[];
  metadata: MetadataRow[];
}

/** A member's value: JSON text that is taken as it is, or any value. */
type Member = { json: string | null } | string | number | null;

/** JSON text without a line's end in it. */
function oneLine(json: string): string {
  return json.includes("\n") || json.includes("\r") ? JSON.stringify(JSON.parse(json)) : json;
}

function memberText(member: Member): string {
  if (member === null || typeof member !== "object") return JSON.stringify(member);
  return member.json === null ? "null" : oneLine(member.json);
}

function objectText(members: Record<string, Member>): string {
  const parts = Object.entries(members).map(
    ([name, member]) => `${JSON.stringify(name)}:${memberText(member)}`,
  );
  return `{${parts.join(",")}}`;
}

function runText({ run }: ArchivedRun): string {
  const { id, functionId, appId, status, origin, parentRunId, parentStepId, originalRunId } = run;
  const { queuedAt, startedAt, endedAt, attempt } = run;
  const eventIds = { json: run.eventIds ?? JSON.stringify([run.eventId]) };
  const family = { parentRunId, parentStepId, originalRunId, fork: { json: run.fork } };
  const times = { queuedAt, startedAt, endedAt };
  const end = { attempt, cancel: { json: run.cancel }, output: { json: run.output } };
  return objectText({ id, functionId, appId, status, origin, eventIds, ...family, ...times, ...end });
}

function eventText(row: ArchivedRun["events"][number]): string {
  const { id, key, name, v, ts, receivedAt, runId } = row;
  const contents = { data: { json: row.data }, user: { json: row.user }, meta: { json: row.meta } };
  return objectText({ id, key, name, ...contents, v, ts, receivedAt, runId });
}

function stepText(row: ArchivedRun["steps"][number]): string {
  const { stepId, no, op, name, userId, status, attempt, settledNo, childRunId } = row;
  const times = { queuedAt: row.queuedAt, startedAt: row.startedAt, endedAt: row.endedAt, dueAt: row.dueAt };
  const contents = { opts: { json: row.opts }, output: { json: row.output } };
  return objectText({
    stepId,
    no,
    op,
    name,
    userId,
    status,
    attempt,
    settledNo,
    ...times,
    childRunId,
    ...contents,
  });
}

function attemptText({ stepId, attempt, startedAt, endedAt, error }: AttemptRow): string {
  return objectText({ stepId, attempt, startedAt, endedAt, error: { json: error } });
}

function metadataText({ stepId, attempt, kind, op, content, createdAt }: MetadataRow): string {
  return objectText({ stepId, attempt, kind, op, values: { json: content }, createdAt });
}

function* listText<Row>(name: string, rows: readonly Row[], textOf: (row: Row) => string): Generator<string> {
  yield `,"${name}":[`;
  for (const [index, row] of rows.entries()) yield index === 0 ? textOf(row) : `,${textOf(row)}`;
  yield "]";
}

/** The run as one line of JSON, in pieces: as a whole it may be longer than a text can be. */
export function* archiveLine(archived: ArchivedRun): Generator<string> {
  yield `{"v":${ARCHIVE_VERSION},"run":${runText(archived)}`;
  yield* listText("events", archived.events, eventText);
  yield* listText("steps", archived.steps, stepText);
  yield* listText("attempts", archived.attempts, attemptText);
  yield* listText("metadata", archived.metadata, metadataText);
  yield "}\n";
}
