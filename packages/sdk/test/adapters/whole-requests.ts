import { createServer, type IncomingMessage } from "node:http";
import { closed, listen } from "./api-server.ts";
import type { RunningApp } from "./suite.ts";

/** A request as platforms have it that call a function once all of it is there. */
export interface WholeRequest {
  method: string;
  /** Path and query, as they were sent. */
  url: URL;
  headers: Record<string, string>;
  body: Buffer;
}

export interface WholeResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** A platform in front of a function that takes and gives whole messages. */
export async function platform(
  invoke: (request: WholeRequest) => Promise<WholeResponse>,
): Promise<RunningApp> {
  const server = createServer((request, response) => {
    wholeOf(request)
      .then(invoke)
      .then(({ statusCode, headers, body }) => response.writeHead(statusCode, headers).end(body))
      .catch(() => response.destroy());
  });
  return { origin: await listen(server), stop: () => closed(server) };
}

async function wholeOf(request: IncomingMessage): Promise<WholeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: request.method ?? "GET",
    url: new URL(request.url ?? "/", `http://${request.headers.host}`),
    headers: { ...Object.fromEntries(headers), "x-forwarded-proto": "http" },
    body: Buffer.concat(chunks),
  };
}
