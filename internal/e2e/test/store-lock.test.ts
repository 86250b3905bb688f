import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embed } from "@stepfast/server";
import { Inngest } from "stepfast";
import { afterEach, expect, test } from "vitest";
import { Victim } from "../src/crash/victim.ts";

const folder = mkdtempSync(join(tmpdir(), "stepfast-lock-"));
const files = { db: join(folder, "app.db"), ledger: join(folder, "ledger.txt") };
let victim: Victim | undefined;

afterEach(async () => {
  await victim?.kill();
  rmSync(folder, { recursive: true, force: true });
});

test("a database belongs to one process at a time, and to the next one as soon as that is killed", async () => {
  victim = new Victim(files, { maxHotRuns: 10, store: "sound" });
  expect(await victim.open()).toMatch(/^http/);
  const client = new Inngest({ id: "second" });
  const open = () => embed({ client, functions: [], db: files.db });
  await expect(open()).rejects.toMatchObject({ code: "store_locked" });
  await victim.kill();
  const app = await open();
  await app.close();
});
