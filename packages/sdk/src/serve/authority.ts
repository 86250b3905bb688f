import type { ServeClient } from "./contract.ts";
import type { Reply, ServeRequest } from "./exchange.ts";

/** What a request wants: an `open` one may come unsigned (an out-of-band sync, if the options allow it). */
export type Access = "open" | "signed";

/**
 * Whether a request may be answered; `undefined` if it may, else the refusal (PROTOCOL §1.3, §1.4). This is the one
 * place where requests are verified. In dev mode nothing is. In cloud mode there is no verification of signatures
 * yet, so whatever needs one is refused.
 */
export function refusal(request: ServeRequest, client: ServeClient, access: Access): Reply | undefined {
  if (client.mode === "dev") return undefined;
  if (!client.signingKey) return { status: 500, json: { code: "internal_server_error" } };
  if (access === "open" && request.header("x-inngest-signature") === undefined) return undefined;
  return { status: 401, json: { message: "Unauthorized" } };
}
