import type { ServeClient } from "../serve/contract.ts";

const anyOrigin = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, OPTIONS",
  "access-control-allow-headers": "content-type",
};

/** Hands on the output of a run, for callers who reach this app but not the server: `?runId=…&token=…`. */
export function outputProxy(client: ServeClient): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method === "OPTIONS") {
      return new Response(null, {
        status: 204,
        headers: { ...anyOrigin, "access-control-max-age": "86400" },
      });
    }
    const query = new URL(request.url).searchParams;
    const [runId, token] = [query.get("runId"), query.get("token")];
    if (!runId || !token) {
      const error = "Say which run: ?runId=…&token=…";
      return Response.json({ error }, { status: 400, headers: anyOrigin });
    }
    return output(client, { runId, token });
  };
}

async function output(
  client: ServeClient,
  { runId, token }: { runId: string; token: string },
): Promise<Response> {
  const url = new URL(`v1/http/runs/${encodeURIComponent(runId)}/output`, client.apiBaseUrl);
  url.searchParams.set("token", token);
  try {
    const response = await client.fetch(url);
    const headers = new Headers(anyOrigin);
    for (const name of ["content-type", "retry-after"]) {
      const value = response.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    return new Response(response.body, { status: response.status, headers });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return Response.json(
      { error: `No answer from the server: ${message}` },
      { status: 502, headers: anyOrigin },
    );
  }
}
