import type { IncomingMessage } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { hostnameOf, isAllowedHost } from "../http/guard.ts";

/** Takes over a connection that asks to become something else than HTTP. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Answers such a request with an error, and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: number, reason: string): void {
  socket.on("error", () => {});
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: text/plain\r\n` +
      `content-length: ${Buffer.byteLength(reason)}\r\n\r\n${reason}`,
  );
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").split("?", 1)[0]?.replace(/\/+$/, "") ?? "";
}

/** Browsers let every page open a WebSocket to this machine: pages of other hosts are kept out. */
export function isFromElsewhere(request: IncomingMessage, host: string | undefined): boolean {
  const name = (request.headers.host ?? "").toLowerCase();
  const hostname = hostnameOf(`http://${name}`);
  if (host !== undefined && (hostname === undefined || !isAllowedHost(hostname, host))) return true;
  const { origin } = request.headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host.toLowerCase() !== name;
}

export interface UpgradeOptions {
  /** Development: the address the server listens on, whose names alone are answered to. */
  host?: string | undefined;
}

/** Leads requests for these paths to who takes them. */
export function upgradesAt(paths: Record<string, Upgrade>, { host }: UpgradeOptions): Upgrade {
  return (request, socket, head) => {
    const take = paths[pathOf(request)];
    if (!take) return refuseUpgrade(socket, 404, "There is no WebSocket here");
    if (isFromElsewhere(request, host)) return refuseUpgrade(socket, 403, "forbidden");
    take(request, socket, head);
  };
}
