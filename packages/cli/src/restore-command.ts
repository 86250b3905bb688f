import { statSync } from "node:fs";
import { restoreDatabase } from "@stepfast/server";
import { type Command, InvalidArgumentError } from "commander";
import { devFlags } from "./dev-options.ts";
import { addFlags, type Environment, type Flags, resolveFlags } from "./flag.ts";
import type { ServerIo } from "./process-io.ts";

const restoreFlags: Flags<{ db: string }> = {
  db: { ...devFlags.db, description: "SQLite file: not there yet, or without runs and events" },
};

/** `stepfast restore` */
export function addRestore(root: Command, around: { env: Environment; io: ServerIo }): void {
  const restore = root
    .command("restore")
    .description("make a SQLite database of a backup")
    .argument("<backup>", "the copy that `stepfast backup` made")
    .allowExcessArguments(false);
  addFlags(restore, restoreFlags);
  restore.action(async (backup: string) => {
    const { db } = resolveFlags(restore, restoreFlags, { env: around.env });
    if (db === ":memory:") throw new InvalidArgumentError("--db must name a file.");
    restoreDatabase({ from: backup, to: db });
    around.io.tell(`${db}: ${statSync(db).size.toLocaleString("en-US")} bytes`);
  });
}
