import { type Command, InvalidArgumentError } from "commander";
import { configFile } from "./config-file.ts";
import { type Environment, type Flags, resolveFlags, text, toggle } from "./flag.ts";
import {
  configFlag,
  type DatabaseProfile,
  databaseProfileFlag,
  databaseUrlFlag,
  knownNames,
  postgresUrl,
} from "./start-options.ts";

/** What `stepfast migrate` can be told. */
export interface MigrateOptions {
  databaseUrl: string | undefined;
  databaseProfile: DatabaseProfile;
  /** A SQLite file. */
  from: string | undefined;
  to: string | undefined;
  keep: boolean;
}

/** A SQLite file is moved to PostgreSQL. */
export interface MoveTask {
  kind: "move";
  db: string;
  databaseUrl: string;
  keep: boolean;
}

export type MigrateTask = MoveTask | { kind: "schema"; databaseUrl: string; profile: DatabaseProfile };

function sqliteFile(value: string): string {
  const file = /^sqlite:(?:\/\/)?(.+)$/.exec(value)?.[1];
  if (file !== undefined) return text(file);
  throw new InvalidArgumentError("It must be a SQLite file such as sqlite:./jobs.db.");
}

export const migrateFlags: Flags<MigrateOptions> = {
  databaseUrl: { ...databaseUrlFlag, description: "PostgreSQL database to bring up to date" },
  databaseProfile: databaseProfileFlag,
  from: {
    flags: "--from <sqlite:file>",
    description: "SQLite file to move, with the runs under way; no server may have it open",
    env: "FROM",
    parse: sqliteFile,
    fallback: undefined,
  },
  to: {
    flags: "--to <url>",
    description: "PostgreSQL database to move it to, instead of --database-url; without runs and events",
    env: "TO",
    parse: postgresUrl,
    isSecret: true,
    fallback: undefined,
  },
  keep: {
    flags: "--keep",
    description: "leave the file usable",
    env: "KEEP",
    parse: toggle,
    fallback: false,
  },
};

/** Throws where what is given cannot be. */
export function migrateTask(command: Command, env: Environment, cwd: string): MigrateTask {
  const { config } = resolveFlags(command, { config: configFlag }, { env });
  const file = configFile(config, cwd, knownNames);
  const options = resolveFlags<MigrateOptions>(command, migrateFlags, { env, file });
  const { databaseUrl, databaseProfile: profile, from, to, keep } = options;
  if (from !== undefined) {
    if (profile !== "postgres") throw new InvalidArgumentError("--from moves to PostgreSQL itself only.");
    return { kind: "move", db: from, databaseUrl: named(to ?? databaseUrl, "--to"), keep };
  }
  if (to !== undefined || keep) {
    throw new InvalidArgumentError("--from is missing. Name the file to move, such as sqlite:./jobs.db.");
  }
  return { kind: "schema", databaseUrl: named(databaseUrl, "--database-url"), profile };
}

function named(url: string | undefined, flag: string): string {
  if (url !== undefined) return url;
  throw new InvalidArgumentError(`${flag} is missing. Name the database.`);
}
