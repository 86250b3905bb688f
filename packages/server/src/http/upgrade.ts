import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { StepfastError } from "@stepfast/protocol";
import { failure } from "./failure.ts";
import { isAllowedHost } from "./guard.ts";

/** Takes a request to speak another protocol on its connection, such as WebSocket. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Answers such a request in HTTP, with a failure, and ends the connection. */
export async function refuseUpgrade(socket: Duplex, path: string, error: StepfastError): Promise<void> {
  const response = failure(path, error);
  const body = await response.text();
  const head = [
    `HTTP/1.1 ${response.status} ${error.code}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  // An error only says that the other side has gone.
  socket.on("error", () => {});
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0]?.replace(/\/+$/, "") ?? "/";
}

/**
 * Hands requests to the handler of their path; 404 where there is none. `host`: what a development server listens on, so
 * that no foreign name leads here (see `guard`).
 */
export function upgradesByPath(
  handlers: Readonly<Record<string, UpgradeHandler>>,
  host?: string,
): UpgradeHandler {
  return (request, socket, head) => {
    const path = pathOf(request);
    const handler = Object.hasOwn(handlers, path) ? handlers[path] : undefined;
    const asked = `http://${request.headers.host ?? ""}`;
    const name = URL.canParse(asked) ? new URL(asked).hostname.toLowerCase() : undefined;
    if (host !== undefined && (name === undefined || !isAllowedHost(name, host))) {
      const message = `This server does not answer to the host "${request.headers.host}"`;
      void refuseUpgrade(socket, path, new StepfastError("forbidden", message));
    } else if (handler) {
      handler(request, socket, head);
    } else {
      const message = `There is nothing at ${path} that a connection could be upgraded for`;
      void refuseUpgrade(socket, path, new StepfastError("not_found", message));
    }
  };
}
