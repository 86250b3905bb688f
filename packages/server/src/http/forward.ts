import { StepfastError } from "@stepfast/protocol";

/** Marks a request that another node handed on: it goes no further. */
export const FORWARDED = "x-stepfast-forwarded";
const PATIENCE_MS = 10_000;

export function isForwarded(request: Request): boolean {
  return request.headers.has(FORWARDED);
}

function pathOf(request: Request): string {
  const { pathname, search } = new URL(request.url);
  return pathname + search;
}

/**
 * Hands a request on to the node at `base`, with the credentials it came with. Throws `api_unreachable` where that node
 * does not answer: whoever asked may ask again. `path`: default that of the request.
 */
export async function forward(
  request: Request,
  base: string,
  body: unknown,
  path = pathOf(request),
): Promise<Response> {
  const authorization = request.headers.get("authorization");
  const headers = {
    "content-type": "application/json",
    [FORWARDED]: "1",
    ...(authorization === null ? {} : { authorization }),
  };
  try {
    return await fetch(new URL(path, base), {
      method: request.method,
      headers,
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    throw new StepfastError("api_unreachable", `The node at ${base} does not answer: try again`, {
      cause: error,
    });
  }
}
