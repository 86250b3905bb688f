import { type EventPayload, systemEvents } from "@stepfast/protocol";

/** The event that a request begins a run with (PROTOCOL §7.1). The request's body stays unread. */
export async function httpEvent(request: Request, functionId: string | undefined): Promise<EventPayload> {
  const url = new URL(request.url);
  const header = (name: string) => request.headers.get(name) ?? "";
  const data = {
    domain: url.origin,
    path: url.pathname,
    method: request.method,
    ip: header("x-forwarded-for") || header("x-real-ip"),
    content_type: header("content-type"),
    query_params: url.searchParams.toString(),
    body: await request.clone().text(),
    fn: functionId ?? "",
  };
  return { name: systemEvents.httpRequest, data, user: {}, id: "", ts: Date.now() };
}
