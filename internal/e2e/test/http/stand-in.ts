import { createServer, type ServerResponse } from "node:http";
import { type CleanUps, closed, listenOn } from "./world.ts";

export interface Asked {
  method: string;
  path: string;
  headers: Record<string, unknown>;
  body: string;
}

/** A server on this machine in place of one of the internet. */
export class StandIn {
  readonly asked: Asked[] = [];
  url = "";

  static async start(
    cleanUps: Pick<CleanUps, "add">,
    answer: (asked: Asked, response: ServerResponse, count: number) => void,
  ): Promise<StandIn> {
    const standIn = new StandIn();
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const { method = "", url = "", headers } = request;
      const asked = { method, path: url, headers, body };
      standIn.asked.push(asked);
      answer(asked, response, standIn.asked.length);
    });
    standIn.url = `http://127.0.0.1:${await listenOn(server)}`;
    cleanUps.add(() => closed(server));
    return standIn;
  }
}
