import { createInterface } from "node:readline";
import { consoleLog, type Embedded, embed } from "@stepfast/server";
import type { Store } from "@stepfast/store";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { Inngest } from "stepfast";
import { calledApp } from "../campaign/app-under-test.ts";
import { forgetfulStore } from "../campaign/forgetful-store.ts";
import { Ledger } from "../campaign/ledger.ts";
import { auditor } from "../campaign/scenarios/audit.ts";
import { allScenarios } from "../campaign/scenarios/index.ts";
import { workshop } from "../campaign/workshop.ts";
import { faultyStore } from "./faulty-store.ts";

/*
 * The process that is killed. Arguments: database file, ledger file, runs it may hold in memory, kind of store. On its
 * standard input it is told to `open` the database, whereupon it tells its address in a line of JSON, and to `close` it
 * in good order. It never outlives its parent.
 */

const FAULTS = { refused: 0.02, unanswered: 0.02 };
const FORGOTTEN = 0.2;

async function openStore(path: string, kind: string): Promise<Store> {
  const store = await openSqliteStore({ path });
  if (kind === "faulty") return faultyStore(store, FAULTS);
  return kind === "forgetful" ? forgetfulStore(store, FORGOTTEN) : store;
}

async function open([path = "", ledger = "", maxHotRuns = "", kind = ""]: string[]): Promise<Embedded> {
  const client = new Inngest({ id: calledApp.id });
  const shop = workshop(client, new Ledger(ledger));
  const functions = [...allScenarios(shop).flatMap((scenario) => scenario.functions), auditor(shop)];
  return embed({
    client,
    functions,
    store: await openStore(path, kind),
    port: 0,
    retryIntervalMs: 20,
    maxHotRuns: Number(maxHotRuns),
    log: consoleLog(kind === "sound" ? "warn" : "error"),
  });
}

let app: Embedded | undefined;
for await (const order of createInterface({ input: process.stdin })) {
  if (order === "open") {
    app = await open(process.argv.slice(2));
    process.stdout.write(`${JSON.stringify({ url: app.url })}\n`);
  } else if (order === "close") {
    await app?.close();
    process.exit(0);
  }
}
process.exit(1);
