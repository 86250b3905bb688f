import type { AppRow, FunctionRow } from "../records.ts";
import type { Store } from "../store.ts";
import type { Tables } from "./tables.ts";

export function putApp(tables: Tables, app: AppRow, functions: FunctionRow[], now: number): void {
  tables.registryVersion += 1;
  const createdAt = tables.apps.get(app.id)?.createdAt ?? app.createdAt;
  tables.apps.set(app.id, { ...app, createdAt });
  archiveFunctions(tables, app.id, new Set(functions.map(({ id }) => id)), now);
  for (const row of functions) putFunction(tables, row);
}

export function deleteApp(tables: Tables, appId: string, now: number): void {
  tables.registryVersion += 1;
  tables.apps.delete(appId);
  archiveFunctions(tables, appId, new Set(), now);
}

function archiveFunctions(tables: Tables, appId: string, except: Set<string>, now: number): void {
  for (const row of tables.functions.values()) {
    if (row.appId === appId && row.archivedAt === null && !except.has(row.id)) row.archivedAt = now;
  }
}

function putFunction(tables: Tables, row: FunctionRow): void {
  const before = tables.functions.get(row.id);
  const version = before === undefined ? 1 : before.version + (before.config === row.config ? 0 : 1);
  const { createdAt, paused, overrides } = before ?? row;
  tables.functions.set(row.id, { ...row, paused, overrides, version, createdAt, archivedAt: null });
}

export function setFunction(tables: Tables, params: Parameters<Store["setFunction"]>[0]): boolean {
  const row = tables.functions.get(params.id);
  if (row === undefined) return false;
  if (params.overridesBefore !== undefined && row.overrides !== params.overridesBefore) return false;
  tables.registryVersion += 1;
  if (params.paused !== undefined) row.paused = params.paused;
  if (params.overrides !== undefined) row.overrides = params.overrides;
  return true;
}

/** Copies, in order of id. */
export function sortedById<Row extends { id: string }>(rows: Iterable<Row>): Row[] {
  return [...rows].map((row) => ({ ...row })).sort((a, b) => (a.id < b.id ? -1 : 1));
}
