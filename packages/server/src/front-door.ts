import { StepfastError } from "@stepfast/protocol";
import { refuseUpgrade, type Upgrade } from "./connect/upgrade.ts";
import { failure } from "./http/failure.ts";
import type { Server } from "./server.ts";

/** What listens while the server behind it is still being put together. */
export class FrontDoor {
  #server: Server | undefined;

  #upgrade: Upgrade | undefined;

  open(server: Server, upgrade?: Upgrade): void {
    this.#server = server;
    this.#upgrade =
      upgrade ?? ((_request, socket) => refuseUpgrade(socket, 404, "There is no WebSocket here"));
  }

  readonly upgrade: Upgrade = (request, socket, head) => {
    if (this.#upgrade) this.#upgrade(request, socket, head);
    else refuseUpgrade(socket, 503, "This server is starting: try again");
  };

  readonly fetch = async (request: Request): Promise<Response> => {
    if (this.#server) return await this.#server.fetch(request);
    const { pathname } = new URL(request.url);
    if (pathname === "/livez") return Response.json({ status: "alive" });
    return failure(pathname, new StepfastError("engine_closed", "This server is starting: try again"));
  };
}
