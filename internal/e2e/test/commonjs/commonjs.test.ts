import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("a CommonJS project requires every entry, and runs functions embedded and over HTTP", async () => {
  const path = fileURLToPath(new URL("./app.cjs", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path]);
  // What is required is what is imported: there is no second copy whose classes and contexts the first does not know.
  expect(JSON.parse(stdout)).toEqual({
    outputs: [
      [1, true, true],
      [1, true, true],
    ],
    strangers: [],
  });
});
