import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { cases } from "./cases/index.ts";
import type { Figure } from "./figure.ts";
import { json, table } from "./table.ts";

/*
 * `npm run bench [-- --smoke] [--json] [--only NAME] [--folder DIR]`. The README beside package.json tells more.
 */

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    folder: { type: "string", default: tmpdir() },
  },
});

const WORKER = fileURLToPath(new URL("./worker.js", import.meta.url));
const run = promisify(execFile);

/** Measures a case in a process of its own. */
async function measure(name: string): Promise<Figure[]> {
  const folder = mkdtempSync(join(values.folder, "stepfast-bench-"));
  try {
    const args = ["--expose-gc", WORKER, name, folder, ...(values.smoke ? ["--smoke"] : [])];
    const { stdout } = await run(process.execPath, args);
    return JSON.parse(stdout) as Figure[];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const chosen = cases.filter(({ name }) => values.only?.includes(name) ?? true);
const figures: Figure[] = [];
for (const { name } of chosen) {
  if (!values.json) process.stderr.write(`${name}…\n`);
  figures.push(...(await measure(name)));
}
if (values.json) console.log(json(figures));
else {
  console.log(`Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}\n`);
  console.log(table(figures));
}
