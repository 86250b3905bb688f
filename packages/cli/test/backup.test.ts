import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embed } from "@stepfast/server";
import { Inngest } from "stepfast";
import { expect, test, vi } from "vitest";
import { main } from "../src/main.ts";

const backup = (args: string[]) => stepfast(["backup", ...args]);

async function stepfast(args: string[]) {
  const told: string[] = [];
  const code = await main(args, {
    env: {},
    cwd: tmpdir(),
    print: () => {},
    io: { tell: (line) => void told.push(line), untilStopped: async () => "SIGINT", color: false },
    run: { dev: async () => 1, start: async () => 1, migrate: async () => {}, move: async () => {} },
  });
  return { code, told: told.join("\n") };
}

test("a copy made while the database is in use is restored, and holds what was there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "stepfast-backup-"));
  const client = new Inngest({ id: "shop", isDev: true });
  const app = await embed({ client, functions: [], db: join(folder, "jobs.db") });
  await client.send({ name: "order/placed", data: { id: 7 } });
  const { code, told } = await backup([
    "--db",
    join(folder, "jobs.db"),
    "--to",
    join(folder, "backups", "copy.db"),
  ]);
  expect([code, told]).toEqual([0, expect.stringMatching(/copy\.db: [\d,]+ bytes/)]);
  expect((await backup(["--db", join(folder, "jobs.db")])).code).toBe(0);
  expect(readdirSync(folder).filter((name) => /^jobs-\d{8}T\d{6}Z\.db$/.test(name))).toHaveLength(1);
  await app.close();

  const db = join(folder, "restored.db");
  const made = await stepfast(["restore", join(folder, "backups", "copy.db"), "--db", db]);
  expect([made.code, made.told]).toEqual([0, expect.stringMatching(/restored\.db: [\d,]+ bytes/)]);
  expect(await stepfast(["restore", join(folder, "backups", "copy.db"), "--db", db])).toMatchObject({
    code: 1,
    told: expect.stringContaining("holds runs or events"),
  });
  expect((await stepfast(["restore", join(folder, "backups", "copy.db"), "--db", ":memory:"])).code).toBe(2);
  const restored = await embed({ client, functions: [], db });
  expect(await restored.store.listEvents({ name: "order/placed" })).toHaveLength(1);
  await restored.close();
  expect((await backup(["--db", join(folder, "none.db")])).code).toBe(1);
});

test("a run that waits in the database when it is copied goes on in the restored one, after the steps it had done", async () => {
  const folder = mkdtempSync(join(tmpdir(), "stepfast-backup-"));
  const client = new Inngest({ id: "shop", isDev: true });
  const bodies: string[] = [];
  const order = client.createFunction(
    { id: "order", triggers: { event: "order/placed" } },
    async ({ step }) => {
      const charge = await step.run("charge", () => {
        bodies.push("charge");
        return "x".repeat(200_000);
      });
      await step.waitForEvent("shipped", { event: "order/shipped", timeout: "1d" });
      return charge.length;
    },
  );
  const app = await embed({ client, functions: [order], db: join(folder, "jobs.db") });
  const { ids } = await client.send({ name: "order/placed", data: {} });
  const runOf = async (store: typeof app.store) => (await store.listRuns({ eventId: ids[0] ?? "" }))[0];
  await vi.waitUntil(async () => (await runOf(app.store))?.blocked === "waiting");
  expect((await backup(["--db", join(folder, "jobs.db"), "--to", join(folder, "copy.db")])).code).toBe(0);
  await app.close();

  const db = join(folder, "restored.db");
  expect((await stepfast(["restore", join(folder, "copy.db"), "--db", db])).code).toBe(0);
  const restored = await embed({ client, functions: [order], db });
  await client.send({ name: "order/shipped", data: {} });
  await vi.waitUntil(async () => (await runOf(restored.store))?.status === "completed", { timeout: 10_000 });
  expect([(await runOf(restored.store))?.output, bodies]).toEqual(["200000", ["charge"]]);
  await restored.close();
});
