import { StepfastError } from "@stepfast/protocol";
import { failure } from "./http/failure.ts";
import { refuseUpgrade, type UpgradeHandler } from "./http/upgrade.ts";
import type { Server } from "./server.ts";

/** What listens while the server behind it is still being put together. */
export class FrontDoor {
  #server: Pick<Server, "fetch" | "upgrade"> | undefined;

  open(server: Pick<Server, "fetch" | "upgrade">): void {
    this.#server = server;
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    if (this.#server) return await this.#server.fetch(request);
    const { pathname } = new URL(request.url);
    if (pathname === "/livez") return Response.json({ status: "alive" });
    return failure(pathname, starting());
  };

  readonly upgrade: UpgradeHandler = (request, socket, head) => {
    if (this.#server) this.#server.upgrade(request, socket, head);
    else void refuseUpgrade(socket, request.url ?? "/", starting());
  };
}

function starting(): StepfastError {
  return new StepfastError("engine_closed", "This server is starting: try again");
}
