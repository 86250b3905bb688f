import { headers as names, signatureOf, signedText, verifiedKey } from "@stepfast/protocol";
import { isEmptyBody } from "./body.ts";
import type { ServeClient } from "./contract.ts";
import type { Reply, ServeRequest, ServeResponse } from "./exchange.ts";

/** What a request wants: an `open` one may come unsigned (an out-of-band sync, if the options allow it). */
export type Access = "open" | "signed";

/** `refused`: the answer. Otherwise the request may be answered; `key` verified it, if it was signed. */
export type Verdict = { refused: Reply } | { refused?: undefined; key: string | undefined };

/**
 * Whether a request may be answered (PROTOCOL §1.3, §1.4). This is the one place where requests are verified. In dev
 * mode nothing is; in cloud mode a request is signed with the signing key or the fallback key, or refused.
 */
export async function verdict(
  request: ServeRequest,
  client: ServeClient,
  { access, nowMs }: { access: Access; nowMs: number },
): Promise<Verdict> {
  if (client.mode === "dev") return { key: undefined };
  const { signingKey, signingKeyFallback } = client;
  if (!signingKey) return { refused: { status: 500, json: { code: "internal_server_error" } } };
  const signature = request.header(names.signature);
  if (access === "open" && signature === undefined) return { key: undefined };
  const text = signedBody(request);
  const keys = [signingKey, signingKeyFallback];
  const key = text === undefined ? undefined : await verifiedKey({ text, signature, keys, nowMs });
  return key === undefined ? { refused: { status: 401, json: { message: "Unauthorized" } } } : { key };
}

/** Undefined for what cannot be signed: a body that is no JSON, or a call without one. */
function signedBody(request: ServeRequest): string | undefined {
  const isCall = request.method === "POST" && !request.url.searchParams.has("probe");
  if (isEmptyBody(request.body)) return isCall ? undefined : "";
  return signedText(request.body);
}

/** The response with its signature: over the body as it is sent, with the key that verified the request. */
export async function signed(
  response: ServeResponse,
  { key, nowMs }: { key: string | undefined; nowMs: number },
): Promise<ServeResponse> {
  if (key === undefined) return response;
  const signature = await signatureOf(response.body, { key, nowMs });
  return { ...response, headers: { ...response.headers, [names.signature]: signature } };
}
