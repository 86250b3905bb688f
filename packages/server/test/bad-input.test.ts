import { expect, test } from "vitest";
import { type Api, openApi } from "./api-fixture.ts";

const ROUNDS = 600;

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const posts = [
  "/e/k",
  "/invoke/shop-pay",
  "/fn/register",
  "/v1/checkpoint/R/async",
  "/v1/checkpoints",
  "/v1/signals",
  "/v2/events",
  "/api/v2/events",
  "/v1/runs/X/metadata",
  "/v1/webhooks",
  "/v2/signals",
  "/v2/runs/X/scores",
  "/v2/keys",
  "/v2/env/webhooks",
  "/v2/env/webhooks/X/test",
  "/v2/apps/shop/functions/pay/invoke",
  "/v2/insights/query",
  "/v2/envs",
  "/hooks/X",
];
const gets = [
  "/v1/events",
  "/v1/events/X",
  "/v1/runs/X",
  "/v2/runs",
  "/v2/runs/X",
  "/v2/runs/X/trace",
  "/v2/apps",
  "/v0/runs/X/batch",
  "/v2/events",
  "/v2/sessions",
  "/v2/sessions/X",
  "/v2/sessions/X/Y/runs",
  "/v2/keys",
  "/v2/keys/X",
  "/v2/env/webhooks",
  "/v2/insights/events/schemas",
  "/v2/apps/shop/functions/pay",
];
const keys = [
  "name",
  "data",
  "id",
  "ts",
  "user",
  "v",
  "meta",
  "steps",
  "op",
  "opts",
  "error",
  "signal",
  "functions",
  "url",
  "scopes",
  "transform",
  "query",
  "scores",
  "metadata",
  "target",
  "idempotencyKey",
  "__proto__",
  "constructor",
  "toString",
  "length",
];
const params = [
  "limit",
  "cursor",
  "status",
  "from",
  "until",
  "order",
  "received_after",
  "search",
  "appId",
  "functionId",
  "includeOutput",
  "__proto__",
];
const scalars: unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  "",
  "a",
  "StepRun",
  "\u0000",
  "💥",
  "../..",
  "9".repeat(400),
  [],
  {},
];

function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** JSON text, not a value: a key such as `__proto__` is to arrive as it is written. */
function jsonText(random: () => number, depth = 0): string {
  const kind = random();
  if (depth > 3 || kind < 0.4) return JSON.stringify(pick(random, scalars));
  const size = Math.floor(random() * 4);
  if (kind < 0.55) return `[${Array.from({ length: size }, () => jsonText(random, depth + 1)).join()}]`;
  const member = () => `${JSON.stringify(pick(random, keys))}:${jsonText(random, depth + 1)}`;
  return `{${Array.from({ length: size + 1 }, member).join()}}`;
}

function broken(random: () => number, text: string): string {
  return random() < 0.2 ? text.slice(0, Math.floor(random() * text.length)) : text;
}

async function ask(api: Api, random: () => number): Promise<{ what: string; response: Response }> {
  if (random() < 0.6) {
    const path = pick(random, posts);
    const body = broken(random, jsonText(random));
    return { what: `POST ${path} ${body}`, response: await api.send("POST", path, body) };
  }
  const query = Array.from(
    { length: 3 },
    () => `${pick(random, params)}=${encodeURIComponent(String(pick(random, scalars)))}`,
  );
  const path = `${pick(random, gets)}?${query.join("&")}`;
  return { what: `GET ${path}`, response: await api.get(path) };
}

test("whatever comes in, the answer is JSON, names a code, and is no failure of the server", async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e9);
  console.info(`bad input: SEED=${seed}`);
  const random = randomFrom(seed);
  const api = await openApi();
  for (let round = 0; round < ROUNDS; round++) {
    const { what, response } = await ask(api, random);
    const about = `seed ${seed}, round ${round}: ${what}`;
    expect(response.status, about).toBeLessThan(500);
    const body = await response.json();
    if (response.status >= 400) expect(body.code ?? body.errors?.[0]?.code, about).toMatch(/^[a-z_]+$/);
  }
  expect(api.errors).toEqual([]);
  expect(({} as Record<string, unknown>).admin).toBeUndefined();
});

test.each([
  "/v1/runs/%ZZ",
  "/v1/runs/%00",
  "/v1/runs/%2e%2e%2f",
  `/v1/runs/${"x".repeat(5000)}`,
  "/v2/runs/%F0%9F%92%A5/trace",
])("GET %s is 404", async (path) => {
  const api = await openApi();
  const response = await api.get(path);
  expect(response.status).toBe(404);
  const body = await response.json();
  expect(body.code ?? body.errors[0].code).toBe("run_not_found");
});
