import { StepfastError } from "@stepfast/protocol";
import { failure } from "./http/failure.ts";
import type { Server } from "./server.ts";

/** What listens while the server behind it is still being put together. */
export class FrontDoor {
  #server: Server | undefined;

  open(server: Server): void {
    this.#server = server;
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    if (this.#server) return await this.#server.fetch(request);
    const { pathname } = new URL(request.url);
    if (pathname === "/livez") return Response.json({ status: "alive" });
    return failure(pathname, new StepfastError("engine_closed", "This server is starting: try again"));
  };
}
