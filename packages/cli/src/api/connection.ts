import { type ApiClient, createApiClient } from "@stepfast/client";
import { type Command, InvalidArgumentError } from "commander";
import { configFile } from "../config-file.ts";
import { addFlags, type Environment, type Flag, type Flags, resolveFlags, seconds, text } from "../flag.ts";
import { configFlag, knownNames, startFlags } from "../start-options.ts";

/** How a command reaches the server. */
export interface ConnectionOptions {
  /** Undefined: on this machine, at the port that `start` and `dev` would take. */
  url: string | undefined;
  apiKey: string | undefined;
  signingKey: string | undefined;
  timeoutMs: number;
}

export interface Connection {
  url: string;
  api: ApiClient;
  key: string | undefined;
}

/** Where settings are looked for. */
export interface Settings {
  env: Environment;
  cwd: string;
}

function serverUrl(value: string): string {
  const url = /^[a-z]+:\/\//i.test(value) ? value : `http://${value}`;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url.replace(/\/+$/, "");
  throw new InvalidArgumentError("It must be an HTTP address such as http://localhost:8288.");
}

const url: Flag<string | undefined> = {
  flags: "--url <url>",
  description: "the server",
  env: "URL",
  aliases: ["INNGEST_BASE_URL"],
  parse: serverUrl,
  fallback: undefined,
  shownFallback: "http://127.0.0.1:8288",
};

const connectionFlags: Flags<ConnectionOptions> = {
  url,
  apiKey: {
    flags: "--api-key <key>",
    description: "a key made through the API, instead of the signing key",
    env: "API_KEY",
    parse: text,
    isSecret: true,
    fallback: undefined,
  },
  signingKey: { ...startFlags.signingKey, description: "the server's signing key" },
  timeoutMs: {
    flags: "--timeout <seconds>",
    description: "how long to wait for an answer",
    env: "TIMEOUT",
    parse: seconds,
    fallback: 30_000,
    shownFallback: "30",
  },
};

/** The options by which a command is told of the server, and `--json`. */
export function addConnection(command: Command): Command {
  addFlags(command, { ...connectionFlags, config: configFlag });
  return command.option("--json", "print JSON").allowExcessArguments(false);
}

/** Flags win over the environment, which wins over the configuration file. */
export function connectionOptions(
  command: Command,
  { env, cwd }: Settings,
): ConnectionOptions & { url: string } {
  const { config } = resolveFlags(command, { config: configFlag }, { env });
  const sources = { env, file: configFile(config, cwd, knownNames) };
  const options = resolveFlags<ConnectionOptions>(command, connectionFlags, sources);
  const { port } = resolveFlags(command, { port: startFlags.port }, sources);
  return { ...options, url: options.url ?? `http://127.0.0.1:${port}` };
}

export function connect(command: Command, settings: Settings): Connection {
  const { url, apiKey, signingKey, timeoutMs } = connectionOptions(command, settings);
  const key = apiKey ?? signingKey;
  return { url, key, api: createApiClient({ url, key, timeoutMs }) };
}
