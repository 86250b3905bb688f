import {
  consoleLog,
  type ProductionOptions,
  type ProductionServer,
  startProductionServer,
  version,
} from "@stepfast/server";
import pc from "picocolors";
import type { ServerIo } from "./process-io.ts";
import type { StartOptions } from "./start-options.ts";

const DRAIN_MS = 10_000;

export function productionOptions(options: StartOptions, tell: (line: string) => void): ProductionOptions {
  const { retryIntervalMs, tickMs: pollMs, logLevel, databaseProfile: profile, ...others } = options;
  const { noHints, noConnectGateway, retention, limits: sizes, ...rest } = others;
  return {
    ...rest,
    database: { profile, hints: !noHints },
    connect: !noConnectGateway,
    tuning: { pollMs, retention, sizes, ...(retryIntervalMs > 0 && { retryIntervalMs }) },
    log: consoleLog(logLevel, tell),
  };
}

/** Where everything is kept, without the password. */
function databaseLine({ db, databaseUrl }: StartOptions): string {
  if (databaseUrl === undefined) return db;
  const { protocol, host, pathname } = new URL(databaseUrl);
  return `${protocol}//${host}${pathname}`;
}

function keysLine({ eventKeys, signingKey, signingKeyFallback }: StartOptions): string {
  const parts = [
    eventKeys.length > 0
      ? `${eventKeys.length} for events`
      : "none for events: only keys made at /v2/keys send them",
    signingKey === undefined ? "no signing key: the API is closed, apps are not called" : "signing key",
    ...(signingKeyFallback === undefined ? [] : ["fallback signing key"]),
  ];
  return parts.join(", ");
}

/** The lines a start is told in. */
export function startedLines(
  server: Pick<ProductionServer, "url">,
  options: StartOptions,
  color: boolean,
): string[] {
  const colors = pc.createColors(color);
  const row = (label: string, value: string) => `  ${colors.dim(label.padEnd(9))} ${value}`;
  return [
    `${colors.bold("Stepfast")} ${version}`,
    row("API", colors.cyan(server.url)),
    row("Database", databaseLine(options)),
    row("Keys", keysLine(options)),
    ...options.sdkUrls.map((url) => row("App", url)),
  ];
}

/** `stepfast start`: serves until it is asked to stop, then lets running steps finish. */
export async function runStart(options: StartOptions, io: ServerIo): Promise<number> {
  // Asked for before anything is open, so that no request to stop is missed.
  const stopped = io.untilStopped();
  const server = await startProductionServer(productionOptions(options, io.tell));
  for (const line of startedLines(server, options, io.color)) io.tell(line);
  const signal = await stopped;
  io.tell(`${signal}: letting running steps finish (again to stop at once)`);
  await server.close({ drainMs: DRAIN_MS });
  return 0;
}
