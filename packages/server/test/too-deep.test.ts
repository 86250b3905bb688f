import { silentLog } from "@stepfast/engine";
import { expect, it } from "vitest";
import { failureOf } from "../src/http/failure.ts";

function deep(): unknown {
  return JSON.parse("[".repeat(50_000) + "]".repeat(50_000));
}

it("a request that nests too deep to be written is no mistake of the server", async () => {
  let thrown: unknown;
  try {
    JSON.stringify(deep());
  } catch (error) {
    thrown = error;
  }
  const answer = failureOf("/v1/signals", thrown, silentLog);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: "invalid_json" });
  expect(failureOf("/v1/signals", new RangeError("Invalid time value"), silentLog).status).toBe(500);
});
