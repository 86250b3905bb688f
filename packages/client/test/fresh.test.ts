import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { endpoints, openApi } from "@stepfast/server";
import openapiTypescript, { astToString, type OpenAPI3 } from "openapi-typescript";
import { expect, test } from "vitest";

const file = fileURLToPath(new URL("../src/api-types.ts", import.meta.url));
const heading =
  "// Generated from /openapi.json: `STEPFAST_UPDATE_CLIENT=1 npx vitest run packages/client` writes it.\n";

test("the client's types are those of /openapi.json: `STEPFAST_UPDATE_CLIENT=1` writes them anew", async () => {
  const types = await openapiTypescript(openApi(endpoints) as unknown as OpenAPI3);
  const text = heading + astToString(types);
  if (process.env.STEPFAST_UPDATE_CLIENT === "1") writeFileSync(file, text);
  expect(readFileSync(file, "utf8")).toBe(text);
});
