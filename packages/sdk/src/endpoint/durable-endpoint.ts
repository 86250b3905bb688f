import { StepfastError } from "@stepfast/protocol";
import { currentRun } from "../execution/ambient.ts";
import type { ServeClient } from "../serve/contract.ts";
import { AttendedRun } from "./attended-run.ts";
import { answerCalledRun, isInngestRequest } from "./called-run.ts";
import type { EndpointOptions } from "./options.ts";

/** A handler of requests. What it returns is sent: a `Response`, or anything else as JSON. */
export type EndpointHandler = (request: Request) => unknown;

export interface DurableEndpointParts {
  client: ServeClient;
  frameworkName: string;
  options: EndpointOptions;
  handler: EndpointHandler;
}

/** A handler whose steps are durable: its callers' requests begin runs, the server's go on with them. */
export class DurableEndpoint {
  readonly #parts: DurableEndpointParts;

  constructor(parts: DurableEndpointParts) {
    this.#parts = parts;
  }

  async handle(request: Request): Promise<Response> {
    if (currentRun()) {
      const message =
        "An endpoint was called within another run of this process: call it with a request of its own";
      throw new StepfastError("invalid_request", message);
    }
    const parts = { ...this.#parts, request };
    if (isInngestRequest(request)) return answerCalledRun(parts);
    return new AttendedRun(parts).respond();
  }
}
