import { StepfastError } from "@stepfast/protocol";
import { valuePlaces } from "@stepfast/store";
import { attemptColumns, eventColumns, metadataColumns, runColumns } from "../columns.ts";
import type { SqlValue } from "../driver.ts";
import { conflictKinds, type Reply } from "../message.ts";
import type { Cursor } from "./cursor.ts";
import { putLarge, takeLarge } from "./large-values.ts";
import { isLiveStatus } from "./run-heads.ts";
import type { WriterState } from "./state.ts";

const insertEvent = `INSERT INTO events (${eventColumns.sql}) VALUES (${eventColumns.marks}) ON CONFLICT (id) DO NOTHING`;

const dataAt = eventColumns.keys.indexOf("data");

export function insertEvents(state: WriterState, from: Cursor, count: number): Reply {
  for (let index = 0; index < count; index++) {
    const wasDirty = state.isDirty;
    const values = from.takeAny(eventColumns.keys.length);
    const large = takeLarge(values, dataAt);
    const changes = state.write(insertEvent, ...(values as SqlValue[]));
    if (changes > 0) {
      putLarge(state, { home: String(values[0]), place: valuePlaces.data }, large);
      continue;
    }
    state.isDirty = wasDirty;
    return { conflict: conflictKinds.event, index, holder: "" };
  }
  return null;
}

const insertRunSql = `INSERT INTO runs (${runColumns.sql}, rid) VALUES (${runColumns.marks}, ?) ON CONFLICT (id) DO NOTHING`;
const insertBatch = "INSERT OR IGNORE INTO batch_events (event_id, rid) SELECT value, ? FROM json_each(?)";
const eventIdsAt = runColumns.keys.indexOf("eventIds");
const outputAt = runColumns.keys.indexOf("output");
const statusAt = runColumns.keys.indexOf("status");
const wakeAtAt = runColumns.keys.indexOf("wakeAt");
const ownerAt = runColumns.keys.indexOf("owner");
const epochAt = runColumns.keys.indexOf("epoch");

export function insertRun(state: WriterState, from: Cursor): void {
  const given = from.takeAny(runColumns.keys.length);
  const large = takeLarge(given, outputAt);
  const values = given as SqlValue[];
  const id = String(values[0]);
  const head = {
    rid: state.nextRid(),
    isLive: isLiveStatus(values[statusAt]),
    owner: values[ownerAt] as string | null,
    epoch: Number(values[epochAt]),
    wakeAt: values[wakeAtAt] as number | null,
  };
  values.push(head.rid);
  if (state.write(insertRunSql, ...values) === 0) {
    throw new StepfastError("internal", `The run ${id} exists already: give a new run a new id.`);
  }
  putLarge(state, { home: id, place: valuePlaces.output }, large);
  const eventIds = values[eventIdsAt];
  if (typeof eventIds === "string") state.write(insertBatch, head.rid, eventIds);
  if (head.isLive && head.owner !== null) state.heads.set(id, head);
}

const insertAttemptSql = `INSERT INTO attempts (rid, ${attemptColumns.sql}) VALUES (?, ${attemptColumns.marks})`;

export function insertAttempt(state: WriterState, from: Cursor): void {
  const { rid } = state.requireRun(from.text());
  state.write(insertAttemptSql, rid, ...from.take(attemptColumns.keys.length));
}

const insertMetadataSql = `INSERT INTO metadata (rid, ${metadataColumns.sql}) VALUES (?, ${metadataColumns.marks})`;

export function insertMetadata(state: WriterState, from: Cursor): void {
  const { rid } = state.requireRun(from.text());
  state.write(insertMetadataSql, rid, ...from.take(metadataColumns.keys.length));
}
