import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";

/**
 * Hands a request to become a WebSocket on to the first target that takes a connection. What either side says goes to the other, until one of them
 * ends.
 */
export function tunnel(request: IncomingMessage, client: Socket, head: Buffer, targets: string[]): void {
  client.on("error", () => {});
  const [target, ...others] = targets;
  if (target === undefined)
    return void client.end("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
  const { hostname, port } = new URL(target);
  const server = connect(Number(port), hostname);
  const next = () => tunnel(request, client, head, others);
  server.once("error", next);
  server.once("connect", () => {
    server.off("error", next);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.once("close", () => {
        client.destroy();
        server.destroy();
      });
    }
    server.write(rawHead(request));
    server.write(head);
    client.pipe(server).pipe(client);
  });
}

function rawHead({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}
