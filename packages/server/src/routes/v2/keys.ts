import { z } from "zod";
import { v2, v2Page } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { paging } from "../../api/query-field.ts";
import { MadeKeys } from "../../auth/made-keys.ts";
import type { ServerDeps } from "../../deps.ts";
import { createdKey, key, listedKey, newKey } from "../../schemas/key.ts";
import { pageOf } from "../../views/envelope.ts";
import { MAX_PAGE } from "../run-filter.ts";
import { paged } from "./apps.ts";

const query = z.object(paging(MAX_PAGE));
const MASKED = "••••••••";

/** Keys the server was started with, as far as anybody may know them. */
function startKeys(kind: "event" | "signing", deps: ServerDeps): z.input<typeof listedKey>[] {
  const { event, signing } = deps.mode === "cloud" ? deps.keys : { event: undefined, signing: undefined };
  const count = kind === "event" ? (event?.count ?? 0) : (signing?.count ?? 0);
  return Array.from({ length: count }, (_, index) => ({
    id: `start-${index + 1}`,
    name: kind === "signing" && index > 0 ? "signing key fallback" : `${kind} key`,
    environment: deps.mode === "dev" ? "dev" : "production",
    key: MASKED,
    createdAt: null,
  }));
}

async function sendingKeys(deps: ServerDeps): Promise<z.input<typeof listedKey>[]> {
  const made = await new MadeKeys(deps.store).sending();
  return made.map(({ id, name, hint, createdAt }) => ({
    id,
    name,
    environment: deps.mode === "dev" ? "dev" : "production",
    key: `${MASKED}${hint}`,
    createdAt,
  }));
}

/** Keys (SERVER §4.4), made and revoked. */
export const keyEndpoints: Endpoint[] = [
  endpoint({
    id: "listEventKeys",
    method: "GET",
    path: "/v2/keys/events",
    summary: "Keys that events may be sent with: those the server was started with, and those made here",
    scope: "admin",
    query,
    answer: v2Page(listedKey),
    handle: async ({ query }, deps) =>
      paged([...startKeys("event", deps), ...(await sendingKeys(deps))], query),
  }),
  endpoint({
    id: "listSigningKeys",
    method: "GET",
    path: "/v2/keys/signing",
    summary: "The signing keys the server was started with",
    scope: "admin",
    query,
    answer: v2Page(listedKey),
    handle: ({ query }, deps) => paged(startKeys("signing", deps), query),
  }),
  endpoint({
    id: "listKeys",
    method: "GET",
    path: "/v2/keys",
    summary: "Keys made through the API, revoked ones too",
    scope: "admin",
    query,
    answer: v2Page(key),
    async handle({ query }, { store }) {
      const { cursor, limit } = query;
      return pageOf(await new MadeKeys(store).list({ cursor, limit: limit + 1 }), limit);
    },
  }),
  endpoint({
    id: "makeKey",
    method: "POST",
    path: "/v2/keys",
    summary: "Makes a key. It is in this answer, and nowhere else",
    scope: "admin",
    body: newKey,
    answer: v2(createdKey, 201),
    handle: ({ body }, { store, clock }) => new MadeKeys(store).make(body, clock.now()),
  }),
  endpoint({
    id: "getKey",
    method: "GET",
    path: "/v2/keys/:key",
    summary: "One key made through the API",
    scope: "admin",
    answer: v2(key),
    errors: ["key_not_found"],
    handle: ({ params }, { store }) => new MadeKeys(store).get(params.key),
  }),
  endpoint({
    id: "revokeKey",
    method: "DELETE",
    path: "/v2/keys/:key",
    summary: "Revokes a key, at once and for good",
    scope: "admin",
    answer: v2(key),
    errors: ["key_not_found"],
    handle: ({ params }, { store, clock }) => new MadeKeys(store).revoke(params.key, clock.now()),
  }),
];
