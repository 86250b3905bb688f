import type { DatabaseTuning, LogLevel, RetentionPolicy, SizeLimits } from "@stepfast/server";
import { type Command, InvalidArgumentError } from "commander";
import { configFile } from "./config-file.ts";
import { devFlags } from "./dev-options.ts";
import {
  choice,
  type Environment,
  type Flag,
  type Flags,
  longName,
  ranks,
  resolveFlags,
  resolveRanked,
  seconds,
  text,
  texts,
  toggle,
} from "./flag.ts";

export type DatabaseProfile = NonNullable<DatabaseTuning["profile"]>;

/** What `stepfast start` can be told. */
export interface StartOptions {
  port: number;
  host: string;
  /** Where the other nodes reach this one. */
  advertiseUrl: string | undefined;
  db: string;
  /** Used instead of `db`. */
  databaseUrl: string | undefined;
  databaseProfile: DatabaseProfile;
  /** Nodes are not told of news: they find it when they look. */
  noHints: boolean;
  eventKeys: string[];
  signingKey: string | undefined;
  signingKeyFallback: string | undefined;
  /** Answers of apps need no signature. */
  allowUnsignedAnswers: boolean;
  sdkUrls: string[];
  connectGatewayPort: number;
  /** Where workers reach the gateway, if not at the address by which they reach the API. */
  connectGatewayUrl: string | undefined;
  noConnectGateway: boolean;
  /** 0: apps are synced at the start only. */
  pollIntervalMs: number;
  /** 0: the table of back-offs. */
  retryIntervalMs: number;
  tickMs: number;
  retention: RetentionPolicy;
  limits: Partial<SizeLimits>;
  /** Hosts on private addresses that steps may have asked. */
  gatewayAllow: string[];
  logLevel: LogLevel;
}

export function postgresUrl(value: string): string {
  const url = text(value);
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return url;
  throw new InvalidArgumentError("It must be an address such as postgres://user:password@host:5432/name.");
}

function webUrl(value: string): string {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value;
  throw new InvalidArgumentError("It must be an HTTP address such as http://10.0.0.5:8288.");
}

function socketUrl(value: string): string {
  if (URL.canParse(value) && /^wss?:$/.test(new URL(value).protocol)) return value;
  throw new InvalidArgumentError("It must be an address such as wss://jobs.example.com/v0/connect.");
}

export const databaseUrlFlag: Flag<string | undefined> = {
  flags: "--database-url <url>",
  description: "PostgreSQL database that keeps everything, instead of --db",
  env: "DATABASE_URL",
  aliases: ["DATABASE_URL", "INNGEST_POSTGRES_URI"],
  parse: postgresUrl,
  isSecret: true,
  fallback: undefined,
};

const profiles: readonly DatabaseProfile[] = ["postgres", "citus", "yugabytedb", "cockroachdb"];

export const databaseProfileFlag: Flag<DatabaseProfile> = {
  flags: "--database-profile <name>",
  description: `what kind of database the URL leads to: ${profiles.join(", ")}`,
  env: "DATABASE_PROFILE",
  parse: choice(profiles),
  fallback: "postgres",
  shownFallback: "postgres",
};

export const configFlag: Flag<string | undefined> = {
  flags: "--config <file>",
  description: "JSON or YAML file with these options; without it stepfast.json, .yaml or .yml",
  env: "CONFIG",
  parse: text,
  fallback: undefined,
};

export const startFlags: Flags<StartOptions> = {
  port: { ...devFlags.port, description: "port of the API" },
  host: { ...devFlags.host, description: "address to listen on; beyond this machine with keys only" },
  advertiseUrl: {
    flags: "--advertise-url <url>",
    description: "where the other nodes on the database reach this one, if not at this machine's address",
    env: "ADVERTISE_URL",
    parse: webUrl,
    fallback: undefined,
  },
  db: devFlags.db,
  databaseUrl: databaseUrlFlag,
  databaseProfile: databaseProfileFlag,
  noHints: {
    flags: "--no-hints",
    description: "do not LISTEN and NOTIFY, as behind a pooler in transaction mode; nodes look every second",
    env: "NO_HINTS",
    parse: toggle,
    fallback: false,
  },
  eventKeys: {
    flags: "--event-key <key>",
    description: "key that events may be sent with; may be given again",
    env: "EVENT_KEY",
    parse: texts,
    isSecret: true,
    fallback: [],
    join: (before, next) => [...before, ...next],
  },
  signingKey: {
    flags: "--signing-key <key>",
    description: "key shared with the apps, hexadecimal",
    env: "SIGNING_KEY",
    parse: text,
    isSecret: true,
    fallback: undefined,
  },
  signingKeyFallback: {
    flags: "--signing-key-fallback <key>",
    description: "key that counts as well, while keys are exchanged",
    env: "SIGNING_KEY_FALLBACK",
    parse: text,
    isSecret: true,
    fallback: undefined,
  },
  allowUnsignedAnswers: {
    flags: "--allow-unsigned-answers",
    description: "take answers of apps whose SDK does not sign them",
    env: "ALLOW_UNSIGNED_ANSWERS",
    parse: toggle,
    fallback: false,
  },
  sdkUrls: devFlags.sdkUrls,
  connectGatewayPort: devFlags.connectGatewayPort,
  connectGatewayUrl: {
    flags: "--connect-gateway-url <url>",
    description: "where workers connect, if not at the address by which they reach the API",
    env: "CONNECT_GATEWAY_URL",
    parse: socketUrl,
    fallback: undefined,
  },
  noConnectGateway: devFlags.noConnectGateway,
  pollIntervalMs: {
    flags: "--poll-interval <seconds>",
    description: "how often to look for changes in apps; 0: only at the start",
    env: "POLL_INTERVAL",
    parse: seconds,
    fallback: 0,
    shownFallback: "0",
  },
  retryIntervalMs: devFlags.retryIntervalMs,
  tickMs: devFlags.tickMs,
  retention: devFlags.retention,
  limits: devFlags.limits,
  gatewayAllow: devFlags.gatewayAllow,
  logLevel: devFlags.logLevel,
};

export const knownNames = Object.values(startFlags).map((flag) => longName(flag));

/** Flags win over the environment, which wins over the file. Throws where what is given cannot be. */
export function startOptions(command: Command, env: Environment, cwd: string): StartOptions {
  const { config } = resolveFlags(command, { config: configFlag }, { env });
  const file = configFile(config, cwd, knownNames);
  const ranked = resolveRanked<StartOptions>(command, startFlags, { env, file });
  const { db, databaseUrl } = ranked;
  if (db.rank === databaseUrl.rank && db.rank !== ranks.fallback) {
    throw new InvalidArgumentError("environment, file or flags give both --db and --database-url. Give one.");
  }
  const values = resolveFlags<StartOptions>(command, startFlags, { env, file });
  return { ...values, databaseUrl: databaseUrl.rank > db.rank ? databaseUrl.value : undefined };
}
