import type { AppRow, FunctionRow } from "@stepfast/store";
import { appColumns, functionColumns, replaceAllBut, toArrays } from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Call } from "./request.ts";

const done = () => undefined;

export function putApp(schema: string, app: AppRow, functions: FunctionRow[], now: number): Call {
  const listed = new Map(functions.map((row) => [row.id, { ...row, version: 1, archivedAt: null }]));
  const statements = [upsertApp(schema, app), archiveBut(schema, app.id, [...listed.keys()], now)];
  if (listed.size > 0) statements.push(upsertFunctions(schema, [...listed.values()]));
  return { kind: "call", statements, decode: done };
}

export function deleteApp(schema: string, appId: string, now: number): Call {
  const remove = { text: `DELETE FROM ${schema}.apps WHERE id = $1`, values: [appId] };
  return { kind: "call", statements: [remove, archiveBut(schema, appId, [], now)], decode: done };
}

function upsertApp(schema: string, app: AppRow): Statement {
  const text = `INSERT INTO ${schema}.apps (${appColumns.sql}) SELECT * FROM unnest(${appColumns.arrays})
    ON CONFLICT (id) DO UPDATE SET ${replaceAllBut(appColumns, ["id", "created_at"])}`;
  return { text, values: toArrays(appColumns, [app]) };
}

function archiveBut(schema: string, appId: string, listed: string[], now: number): Statement {
  const text = `UPDATE ${schema}.functions SET archived_at = $2::float8
    WHERE app_id = $1 AND archived_at IS NULL AND NOT (id = ANY ($3::text[]))`;
  return { text, values: [appId, now, textArray(listed)] };
}

function upsertFunctions(schema: string, rows: FunctionRow[]): Statement {
  const text = `INSERT INTO ${schema}.functions AS f (${functionColumns.sql})
    SELECT * FROM unnest(${functionColumns.arrays})
    ON CONFLICT (id) DO UPDATE SET ${replaceAllBut(functionColumns, ["id", "created_at", "version"])},
      version = f.version + CASE WHEN f.config <> excluded.config THEN 1 ELSE 0 END`;
  return { text, values: toArrays(functionColumns, rows) };
}
