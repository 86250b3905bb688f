import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/*
 * The documents' code imports `inngest`. In each example that name must be our package, and never another one that
 * happens to be installed.
 */

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const examples = readdirSync(join(root, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => join(root, "examples", entry.name, "package.json"))
  .filter((path) => "inngest" in (JSON.parse(readFileSync(path, "utf8")).dependencies ?? {}));

test("every document has its example", () => {
  expect(examples).toHaveLength(5);
});

describe.each(examples)("%s", (path) => {
  test.each(["inngest", "inngest/experimental", "inngest/node"])("%s is our package", (name) => {
    const file = realpathSync(createRequire(path).resolve(name));

    expect(file.startsWith(join(root, "packages", "sdk", "dist"))).toBe(true);
  });
});
