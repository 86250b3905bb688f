import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { StepfastError } from "@stepfast/protocol";
import { bind, isTaken } from "../listen.ts";
import type { Upgrade } from "./upgrade.ts";

export interface GatewayPort {
  port: number;
  close(): Promise<void>;
}

/** Takes workers on a port of its own beside the API's. Throws `port_in_use`. */
export async function openGatewayPort(options: {
  port: number;
  host: string;
  upgrade: Upgrade;
}): Promise<GatewayPort> {
  const { port, host, upgrade } = options;
  const server = createServer((_request, response) => {
    response.writeHead(426, { upgrade: "websocket", "content-type": "text/plain" });
    response.end("Workers connect here over WebSocket; the API has another port\n");
  });
  server.on("upgrade", upgrade);
  try {
    await bind(server, port, host);
  } catch (cause) {
    if (!isTaken(cause)) throw cause;
    throw new StepfastError("port_in_use", `Port ${port} on ${host} is taken: choose another one`, { cause });
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
