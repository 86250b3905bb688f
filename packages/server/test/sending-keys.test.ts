import { expect, test } from "vitest";
import { MadeKeys } from "../src/auth/made-keys.ts";
import { openApi } from "./api-fixture.ts";

test("keys that events may be sent with are all told of, however many were made and revoked before", async () => {
  const api = await openApi();
  const made = new MadeKeys(api.store);
  for (let i = 0; i < 400; i++) {
    const { id } = await made.make({ name: `old ${i}`, scopes: ["send"] }, i);
    await made.revoke(id, i);
  }
  for (const scope of ["send", "write", "read"] as const) {
    await made.make({ name: `may ${scope}`, scopes: [scope] }, 1_000);
  }
  const answer = await api.get("/v2/keys/events");
  const { data } = (await answer.json()) as { data: { name: string }[] };
  expect(data.map(({ name }) => name)).toEqual(["may send", "may write"]);
});
