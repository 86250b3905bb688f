import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  method: string;
  url: URL;
  headers: IncomingMessage["headers"];
  body: string;
}

export interface SdkStub {
  /** Serve URL. */
  url: string;
  seen: SeenRequest[];
  close(): Promise<void>;
}

export type Handler = (request: SeenRequest, response: ServerResponse) => void;

export const sdkHeaders = { "x-inngest-sdk": "inngest-js:v4.24.0", "content-type": "application/json" };

/** Answers like an SDK. */
export function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { ...sdkHeaders, ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

async function read(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** A small app on the loopback address, on any free port unless told otherwise. */
export async function startSdkStub(handler: Handler, port = 0): Promise<SdkStub> {
  const seen: SeenRequest[] = [];
  const server = createServer((message, response) => {
    void read(message).then((body) => {
      const url = new URL(message.url ?? "/", "http://127.0.0.1");
      const request = { method: message.method ?? "", url, headers: message.headers, body };
      seen.push(request);
      handler(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}/api/inngest`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
