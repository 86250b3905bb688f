import { moveDatabase, type TableProgress } from "@stepfast/server";
import type { MoveTask } from "./migrate-options.ts";
import type { ServerIo } from "./process-io.ts";

const TENTHS = 10;

const words: Record<TableProgress["table"], string> = {
  apps: "apps",
  functions: "functions",
  events: "events",
  keys: "keys",
  runs: "runs",
  steps: "steps",
  attempts: "failed attempts",
  metadata: "notes",
  waits: "waits",
  waitPaths: "paths of waits",
  gates: "limits",
  messages: "messages",
  documents: "webhooks, keys and other settings",
  largeValues: "parts of large values",
};

function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** Tells of a table when it begins, when it ends, and at each tenth in between. */
export function progressLines(tell: (line: string) => void): (progress: TableProgress) => void {
  let told = "";
  return ({ table, rows, total }) => {
    const tenths = total === 0 ? TENTHS : Math.floor((rows / total) * TENTHS);
    const now = `${table} ${tenths}`;
    if (now === told) return;
    told = now;
    tell(`  ${words[table].padEnd(15)} ${count(rows)} of ${count(total)}`);
  };
}

/** `stepfast migrate --from … --to …`. */
export async function runMove({ db, databaseUrl, keep }: MoveTask, { tell }: ServerIo): Promise<void> {
  tell(`Moving ${db}; it may be stopped, the same command goes on from there`);
  const onProgress = progressLines(tell);
  const { outcome, address } = await moveDatabase({ db, databaseUrl, keep, onProgress });
  if (outcome === "before") return tell(`${db} was moved to ${address} before: there is nothing to do`);
  tell(`Everything is in ${address}: as many rows, with the same checksums`);
  if (!keep) tell(`${db} does not open any more: start with --database-url`);
}
