import type { Store } from "@stepfast/store";
import { documentColumns } from "../columns.ts";
import { type Answer, type Parameter, rowCount } from "../connection/pipeline.ts";
import type { Call } from "./request.ts";

function call(text: string, values: Parameter[]): Call {
  const decode = ([answer]: Answer[]) => rowCount(answer) > 0;
  return { kind: "call", statements: [{ text, values }], decode };
}

export function putDocument(schema: string, params: Parameters<Store["putDocument"]>[0]): Call {
  const { kind, id, body, version, now } = params;
  const insert = `INSERT INTO ${schema}.documents (${documentColumns.sql})
    VALUES (${documentColumns.scalars}) ON CONFLICT (kind, id) DO NOTHING`;
  if (version === 0) return call(insert, [kind, id, body, 1, now, now]);
  const update = `UPDATE ${schema}.documents SET body = $1, version = version + 1, updated_at = $2::float8
    WHERE kind = $3 AND id = $4 AND version = $5::int`;
  return call(update, [body, now, kind, id, version]);
}

export function deleteDocument(schema: string, params: { kind: string; id: string; version: number }): Call {
  const text = `DELETE FROM ${schema}.documents WHERE kind = $1 AND id = $2 AND version = $3::int`;
  return call(text, [params.kind, params.id, params.version]);
}
