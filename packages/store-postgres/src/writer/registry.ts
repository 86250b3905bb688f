import type { AppRow, FunctionRow, Store } from "@stepfast/store";
import { appColumns, functionColumns, replaceAllBut, toArrays } from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import { rowCount, type Statement } from "../connection/pipeline.ts";
import { type HintChannel, hintAll } from "./hints.ts";
import type { Call } from "./request.ts";

export interface Place {
  schema: string;
  channel: HintChannel | undefined;
}

export interface AppParams {
  app: AppRow;
  functions: FunctionRow[];
  now: number;
}

const done = () => undefined;

const keptOfFunctions = ["id", "created_at", "version", "paused", "overrides"];

/** First of all: who changes apps waits here for others who do, and versions are seen in their order. */
function countChange(schema: string): Statement {
  return { text: `UPDATE ${schema}.registry SET version = version + 1 WHERE id = 1` };
}

export function putApp({ schema, channel }: Place, params: AppParams): Call {
  const { app, functions, now } = params;
  const listed = new Map(functions.map((row) => [row.id, { ...row, version: 1, archivedAt: null }]));
  const statements = [
    countChange(schema),
    upsertApp(schema, app),
    archiveBut(schema, app.id, [...listed.keys()], now),
  ];
  if (listed.size > 0) statements.push(upsertFunctions(schema, [...listed.values()]));
  return { kind: "call", statements: [...statements, ...hintAll(channel)], decode: done };
}

export function deleteApp({ schema, channel }: Place, appId: string, now: number): Call {
  const remove = { text: `DELETE FROM ${schema}.apps WHERE id = $1`, values: [appId] };
  const statements = [countChange(schema), remove, archiveBut(schema, appId, [], now), ...hintAll(channel)];
  return { kind: "call", statements, decode: done };
}

export function setFunction({ schema, channel }: Place, params: Parameters<Store["setFunction"]>[0]): Call {
  const { id, paused, overrides, overridesBefore } = params;
  const text = `UPDATE ${schema}.functions SET paused = CASE WHEN $2::int = 1 THEN $3::text ELSE paused END,
    overrides = CASE WHEN $4::int = 1 THEN $5::text ELSE overrides END
    WHERE id = $1::text AND ($6::int = 0 OR overrides IS NOT DISTINCT FROM $7::text)`;
  const given = (value: string | null | undefined) => (value === undefined ? [0, null] : [1, value]);
  const update = { text, values: [id, ...given(paused), ...given(overrides), ...given(overridesBefore)] };
  const statements = [countChange(schema), update, ...hintAll(channel)];
  return { kind: "call", statements, decode: ([, updated]) => rowCount(updated) > 0 };
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
    ON CONFLICT (id) DO UPDATE SET ${replaceAllBut(functionColumns, keptOfFunctions)},
      version = f.version + CASE WHEN f.config <> excluded.config THEN 1 ELSE 0 END`;
  return { text, values: toArrays(functionColumns, rows) };
}
