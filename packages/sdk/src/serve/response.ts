import { StepfastError, toWireError } from "@stepfast/protocol";
import type { Reply, ResponseHeaders, ServeResponse } from "./exchange.ts";
import { printable } from "./response-headers.ts";

/** A reply as it is sent. What cannot be JSON (a cycle, a bigint) is sent as the error that it is. */
export function responseOf(reply: Reply, headers: ResponseHeaders): ServeResponse {
  try {
    return assemble(reply, headers);
  } catch (error) {
    return assemble(internalFailure(error), headers);
  }
}

function assemble({ status, headers, json }: Reply, common: ResponseHeaders): ServeResponse {
  return {
    status,
    headers: printable({ ...common, ...headers }),
    body: json === undefined ? "" : JSON.stringify(json),
  };
}

/** A failure that is not the user's function's: 500, or 413 for a body that is too big; `type` is `internal`. */
export function internalFailure(error: unknown): Reply {
  const status = StepfastError.is(error) && error.code === "body_too_large" ? error.status : 500;
  return { status, json: { type: "internal", ...toWireError(error) } };
}

export function unknownProbe(probe: string): Reply {
  const error = new StepfastError(
    "invalid_request",
    `there is no probe "${probe}": the one there is is "trust"`,
  );
  return { status: 400, json: toWireError(error) };
}

export function methodNotAllowed(): Reply {
  return { status: 405, headers: { allow: "GET, POST, PUT" }, json: { message: "Method not allowed" } };
}
