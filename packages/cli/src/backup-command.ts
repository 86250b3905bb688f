import { statSync } from "node:fs";
import { backupDatabase } from "@stepfast/server";
import type { Command } from "commander";
import { devFlags } from "./dev-options.ts";
import { addFlags, type Environment, type Flags, resolveFlags, text } from "./flag.ts";
import type { ServerIo } from "./process-io.ts";

interface BackupCommandOptions {
  db: string;
  to: string;
}

const backupFlags: Flags<BackupCommandOptions> = {
  db: { ...devFlags.db, description: "SQLite file; it may be in use" },
  to: {
    flags: "--to <file>",
    description: "the copy; it must not be there yet. Default: the database's name with the time",
    env: "BACKUP_TO",
    parse: text,
    fallback: "",
  },
};

/** A name that sorts by time, beside the database. */
function nameFor(db: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]/g, "").replace(/\..*/, "Z");
  return `${db.replace(/\.db$/, "")}-${time}.db`;
}

/** `stepfast backup` */
export function addBackup(root: Command, around: { env: Environment; io: ServerIo }): void {
  const backup = root
    .command("backup")
    .description("copy a SQLite database while it is in use")
    .allowExcessArguments(false);
  addFlags(backup, backupFlags);
  backup.action(async () => {
    const { db, to } = resolveFlags(backup, backupFlags, { env: around.env });
    const copy = to === "" ? nameFor(db, Date.now()) : to;
    backupDatabase({ from: db, to: copy });
    around.io.tell(`${copy}: ${statSync(copy).size.toLocaleString("en-US")} bytes`);
  });
}
