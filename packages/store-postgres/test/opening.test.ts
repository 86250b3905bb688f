import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { problemOf, type ServerFacts } from "../src/boot-checks.ts";
import { migratePostgres, openPostgresStore } from "../src/index.ts";
import { migrations } from "../src/schema/migrations.ts";
import { useDatabase } from "./database.ts";

const database = useDatabase();
const snapshot = fileURLToPath(new URL("../schema.snapshot.sql", import.meta.url));

/** Tables with their columns and options, then indexes, as the server describes them. */
async function describeSchema(): Promise<string> {
  const columns =
    await database.sql(`SELECT c.relname AS table, array_to_string(c.reloptions, ', ') AS options,
      string_agg('  ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attcollation = 950 THEN ' COLLATE "C"' ELSE '' END
        || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
        || CASE a.attidentity WHEN 'd' THEN ' IDENTITY' ELSE '' END, E',\\n' ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind IN ('r', 'p')
    GROUP BY c.relname, c.reloptions ORDER BY c.relname`);
  const indexes = await database.sql(
    `SELECT indexdef FROM pg_indexes WHERE schemaname = '{schema}' ORDER BY indexname`,
  );
  const tables = columns.map(({ table, options, columns: list }) => {
    const ending = options === null ? "" : ` WITH (${options})`;
    return `TABLE ${table} (\n${list}\n)${ending};\n`;
  });
  const lines = indexes.map(({ indexdef }) => `${indexdef};`.replaceAll(`${database.schema}.`, ""));
  return `${tables.join("\n")}\n${lines.join("\n")}\n`;
}

describe("the schema", () => {
  it("is what the snapshot says: `STEPFAST_UPDATE_SCHEMA=1` writes it anew", async () => {
    await migratePostgres({ url: database.url, schema: database.schema });
    const schema = await describeSchema();
    if (process.env.STEPFAST_UPDATE_SCHEMA === "1") writeFileSync(snapshot, schema);
    expect(schema).toBe(readFileSync(snapshot, "utf8"));
  });

  it("is made once by nodes that start at once", async () => {
    const schema = `${database.schema}_race`;
    for (let round = 0; round < 3; round++) {
      await database.sql(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      const opening = Array.from({ length: 6 }, () =>
        openPostgresStore({ url: database.url, schema, maxConnections: 2 }),
      );
      const stores = await Promise.all(opening);
      expect(await database.sql(`SELECT version FROM ${schema}.schema_version`)).toEqual([
        { version: migrations.length },
      ]);
      await Promise.all(stores.map((store) => store.close()));
    }
    await database.sql(`DROP SCHEMA ${schema} CASCADE`);
  });

  it("of a later release is refused, and left alone", async () => {
    await database.sql("UPDATE {schema}.schema_version SET version = 9999");
    await expect(database.open()).rejects.toMatchObject({ code: "schema_too_new" });
    await expect(database.open()).rejects.toThrow(/9999/);
    expect(await database.sql("SELECT version FROM {schema}.schema_version")).toEqual([{ version: 9999 }]);
    await database.sql(`UPDATE {schema}.schema_version SET version = ${migrations.length}`);
  });

  it("has a name that needs no quotes", async () => {
    const opening = database.open({ schema: 'x"; DROP SCHEMA public' });
    await expect(opening).rejects.toMatchObject({ code: "invalid_config" });
  });
});

describe("a server", () => {
  const good: ServerFacts = {
    version: 150_000,
    fsync: "on",
    fullPageWrites: "on",
    synchronousCommit: "on",
    isReplica: false,
    isReadOnly: "off",
  };

  it.each<[Partial<ServerFacts>, RegExp]>([
    [{ version: 140_012 }, /version 14; use 15 or newer/],
    [{ fsync: "off" }, /set fsync = on/],
    [{ fullPageWrites: "off" }, /set full_page_writes = on/],
    [{ synchronousCommit: "off" }, /set synchronous_commit = on/],
    [{ isReplica: true }, /the address of the primary/],
    [{ isReadOnly: "on" }, /read-only/],
  ])("that is not safe is refused: %j", (facts, message) => {
    expect(problemOf({ ...good, ...facts })).toMatch(message);
    expect(problemOf(good)).toBeUndefined();
    expect(problemOf({ ...good, synchronousCommit: "remote_apply" })).toBeUndefined();
  });

  const role = `${database.schema}_role`;
  afterAll(() => database.sql(`DROP ROLE IF EXISTS ${role}`));

  it.each([
    ["synchronous_commit", "off"],
    ["default_transaction_read_only", "on"],
  ])("is asked when the store opens: %s = %s", async (setting, value) => {
    await database.sql(`DROP ROLE IF EXISTS ${role}`);
    await database.sql(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'secret'`);
    await database.sql(`ALTER ROLE ${role} SET ${setting} = ${value}`);
    const url = new URL(database.url);
    url.username = role;
    url.password = "secret";
    await expect(database.open({ url: String(url) })).rejects.toMatchObject({ code: "invalid_config" });
  });

  it("that cannot be reached is named as such", async () => {
    const opening = database.open({ url: "postgres://nobody:x@127.0.0.1:1/none" });
    await expect(opening).rejects.toMatchObject({ code: "store_unavailable" });
  });
});
