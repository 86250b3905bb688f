import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { headers } from "@stepfast/protocol";
import { Inngest, type InngestFunction } from "stepfast";
import { serve } from "stepfast/node";
import { calledApp } from "../campaign/app-under-test.ts";
import { calls } from "../campaign/call.ts";
import { Ledger } from "../campaign/ledger.ts";
import { auditor } from "../campaign/scenarios/audit.ts";
import { allScenarios } from "../campaign/scenarios/index.ts";
import { workshop } from "../campaign/workshop.ts";

/*
 * A process with the functions under test, served over HTTP. Argument: its options as JSON. Tells its address in a line of
 * JSON, and ends with its standard input.
 */

export interface AppOptions {
  ledger: string;
  /** Where the nodes are reached. */
  baseUrl: string;
  signingKey: string;
  eventKey: string;
  /** Where the app itself is reached, be it by another process of its kind. */
  serveOrigin: string;
}

function serverOf(options: AppOptions): Server {
  const { ledger, baseUrl, signingKey, eventKey, serveOrigin } = options;
  const logger = { info() {}, warn() {}, error() {}, debug() {} };
  const client = new Inngest({ id: calledApp.id, isDev: false, baseUrl, signingKey, eventKey, logger });
  const shop = workshop(client, new Ledger(ledger));
  const functions = [...allScenarios(shop).flatMap((scenario) => scenario.functions), auditor(shop)];
  const handle = serve({ client, functions: functions as InngestFunction[], serveOrigin });
  return createServer((request: IncomingMessage, response: ServerResponse) => {
    const generation = Number(request.headers[headers.generationId] ?? 0);
    void calls.run({ generation }, () => handle(request, response));
  });
}

const server = serverOf(JSON.parse(process.argv[2] ?? "") as AppOptions);
// See the front's.
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.stdin.resume().once("end", () => process.exit(0));
