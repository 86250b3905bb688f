import { REQUEST_VERSION } from "../execution/answer.ts";

/** A response as it is recorded: the output of an endpoint's run (PROTOCOL §7.1). */
export interface StoredResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
  version: number;
}

const TEXT = /^(?:text\/|application\/(?:json|xml|[\w.+-]+\+(?:json|xml)|x-www-form-urlencoded|javascript))/i;

/** What a handler returned, as a response: anything but a `Response` is sent as JSON. */
export function responseOf(value: unknown): Response {
  if (value instanceof Response) return value;
  const headers = { "content-type": "application/json" };
  return new Response(JSON.stringify(value ?? null), { status: 200, headers });
}

/**
 * A response in recorded form. `isWhole`: with its body, whatever it is, since it is sent from the record. Otherwise the
 * caller has the response itself, and only text that has an end is recorded.
 */
export async function storedResponse(response: Response, isWhole: boolean): Promise<StoredResponse> {
  const { status, headers } = response;
  const type = headers.get("content-type") ?? "";
  const isRecorded = isWhole || (TEXT.test(type) && !type.startsWith("text/event-stream"));
  const body = isRecorded ? await response.clone().text() : "";
  return { status, headers: Object.fromEntries(headers.entries()), body, version: REQUEST_VERSION };
}
