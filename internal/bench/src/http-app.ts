import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Inngest as AnyInngest } from "stepfast";
import type { serve as anyServe } from "stepfast/node";
import { answerUsage } from "./usage.ts";

/*
 * An app in a process of its own: `node http-app.js SDK SERVER`. At `/echo` it answers without an SDK. It tells its parent the port.
 */

const [sdk = "", baseUrl = ""] = process.argv.slice(2);
const { Inngest } = (await import(sdk)) as { Inngest: typeof AnyInngest };
const { serve } = (await import(`${sdk}/node`)) as { serve: typeof anyServe };
const nothing = () => {};
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const client = new Inngest({ id: "bench", isDev: true, baseUrl, logger });

function chain(id: string, checkpointing: boolean) {
  return client.createFunction(
    { id, checkpointing, triggers: { event: `bench/${id}` } },
    async ({ event, step }) => {
      const { steps } = event.data as { steps: number };
      for (let i = 0; i < steps; i++) await step.run(`step ${i}`, () => ({ index: i }));
      return { ok: true };
    },
  );
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  request.resume().on("end", () => response.end("[]"));
}

const functions = [chain("checkpointed", true), chain("plain", false)];
const handler: RequestListener = serve({ client, functions });
const server = createServer((request, response) => {
  if (request.url === "/echo") echo(request, response);
  else handler(request, response);
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
answerUsage();
process.on("disconnect", () => process.exit(0));
