import {
  DEFAULT_GATEWAY_PORT,
  type LogLevel,
  logLevels,
  type RetentionPolicy,
  type SizeLimits,
} from "@stepfast/server";
import { appUrls, choice, type Flags, integer, seconds, text, texts, toggle } from "./flag.ts";
import { retentionFlag } from "./retention-flag.ts";
import { sizesFlag } from "./sizes-flag.ts";

/** What `stepfast dev` can be told. */
export interface DevOptions {
  port: number;
  host: string;
  db: string;
  sdkUrls: string[];
  noDiscovery: boolean;
  noPoll: boolean;
  connectGatewayPort: number;
  noConnectGateway: boolean;
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

const DAY_MS = 86_400_000;

export const devFlags: Flags<DevOptions> = {
  port: {
    flags: "-p, --port <number>",
    description: "port of the API; the next free one if it is taken",
    env: "PORT",
    parse: integer(0, 65_535),
    fallback: 8288,
    shownFallback: "8288",
  },
  host: {
    flags: "--host <address>",
    description: "address to listen on",
    env: "HOST",
    parse: text,
    fallback: "127.0.0.1",
    shownFallback: "127.0.0.1",
  },
  db: {
    flags: "--db <file>",
    description: 'SQLite file that keeps everything, or ":memory:"',
    env: "DB",
    parse: text,
    fallback: "./.stepfast/main.db",
    shownFallback: "./.stepfast/main.db",
  },
  sdkUrls: {
    flags: "-u, --sdk-url <url>",
    description: "where an app serves its functions; may be given again",
    env: "SDK_URL",
    parse: appUrls,
    fallback: [],
    join: (before, next) => [...before, ...next],
  },
  noDiscovery: {
    flags: "--no-discovery",
    description: "do not look for apps on this machine",
    env: "NO_DISCOVERY",
    parse: toggle,
    fallback: false,
  },
  noPoll: {
    flags: "--no-poll",
    description: "do not look for changes in apps",
    env: "NO_POLL",
    parse: toggle,
    fallback: false,
  },
  connectGatewayPort: {
    flags: "--connect-gateway-port <number>",
    description: "port where workers connect, beside that of the API, where they may connect as well",
    env: "CONNECT_GATEWAY_PORT",
    parse: integer(0, 65_535),
    fallback: DEFAULT_GATEWAY_PORT,
    shownFallback: String(DEFAULT_GATEWAY_PORT),
  },
  noConnectGateway: {
    flags: "--no-connect-gateway",
    description: "take no workers over WebSocket, on no port",
    env: "NO_CONNECT_GATEWAY",
    parse: toggle,
    fallback: false,
  },
  pollIntervalMs: {
    flags: "--poll-interval <seconds>",
    description: "how often to look for apps and their changes",
    env: "POLL_INTERVAL",
    parse: seconds,
    fallback: 5000,
    shownFallback: "5",
  },
  retryIntervalMs: {
    flags: "--retry-interval <seconds>",
    description: "fixed time between attempts, instead of growing ones",
    env: "RETRY_INTERVAL",
    parse: seconds,
    fallback: 0,
  },
  tickMs: {
    flags: "--tick <ms>",
    description: "how often to look for runs that are due",
    env: "TICK",
    parse: integer(1, DAY_MS),
    fallback: 150,
    shownFallback: "150",
  },
  retention: retentionFlag,
  limits: sizesFlag,
  gatewayAllow: {
    flags: "--gateway-allow <host>",
    description: "host on a private address that step.fetch and step.ai.infer may ask; may be given again",
    env: "GATEWAY_ALLOW",
    parse: texts,
    fallback: [],
    join: (before, next) => [...before, ...next],
  },
  logLevel: {
    flags: "-l, --log-level <level>",
    description: `how much to tell: ${logLevels.join(", ")}`,
    env: "LOG_LEVEL",
    parse: choice(logLevels),
    fallback: "info",
    shownFallback: "info",
  },
};
