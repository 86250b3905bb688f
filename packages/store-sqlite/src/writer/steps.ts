import { StepfastError } from "@stepfast/protocol";
import { valuePlaces } from "@stepfast/store";
import { stepColumns } from "../columns.ts";
import { getRow, type SqlValue } from "../driver.ts";
import { conflictKinds, type Reply } from "../message.ts";
import type { Cursor } from "./cursor.ts";
import { putLarge, takeLarge } from "./large-values.ts";
import type { WriterState } from "./state.ts";

const stepUpdates = stepColumns.sql
  .split(", ")
  .filter((column) => column !== "no" && column !== "step_id")
  .map((column) => `${column} = excluded.${column}`)
  .join(", ");
const writeStep = `INSERT INTO steps (rid, ${stepColumns.sql}) VALUES (?, ${stepColumns.marks})
  ON CONFLICT (rid, no) DO UPDATE SET ${stepUpdates}
  WHERE step_id = excluded.step_id AND status NOT IN ('completed', 'failed')`;
const outputAt = stepColumns.keys.indexOf("output");
const optsAt = stepColumns.keys.indexOf("opts");
const selectStepId = "SELECT step_id FROM steps WHERE rid = ? AND no = ?";

export function writeSteps(state: WriterState, from: Cursor, count: number): Reply {
  for (let index = 0; index < count; index++) {
    const runId = from.text();
    const { rid } = state.requireRun(runId);
    const values = from.takeAny(stepColumns.keys.length);
    const output = takeLarge(values, outputAt);
    const opts = takeLarge(values, optsAt);
    const [no = null, stepId = null, ...rest] = values as SqlValue[];
    const wasDirty = state.isDirty;
    if (state.write(writeStep, rid, no, stepId, ...rest) > 0) {
      if (output !== undefined) putLarge(state, { home: runId, place: valuePlaces.step(Number(no)) }, output);
      if (opts !== undefined) putLarge(state, { home: runId, place: valuePlaces.opts(Number(no)) }, opts);
      continue;
    }
    state.isDirty = wasDirty;
    const found = getRow(state.sql(selectStepId), rid, no)?.[0];
    if (found === stepId) return { conflict: conflictKinds.step, index, holder: "" };
    throw new StepfastError("internal", `Step ${no} of run ${runId} is ${found}, not ${stepId}.`);
  }
  return null;
}
