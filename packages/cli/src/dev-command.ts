import {
  consoleLog,
  type DevServer,
  type DevServerOptions,
  isLoopbackHost,
  startDevServer,
  version,
} from "@stepfast/server";
import pc from "picocolors";
import type { DevOptions } from "./dev-options.ts";
import type { ServerIo } from "./process-io.ts";

const DRAIN_MS = 10_000;

export function serverOptions(options: DevOptions, tell: (line: string) => void): DevServerOptions {
  const { retryIntervalMs, tickMs: pollMs, retention, limits: sizes } = options;
  return {
    db: options.db,
    port: options.port,
    host: options.host,
    sdkUrls: options.sdkUrls,
    discover: !options.noDiscovery,
    poll: !options.noPoll,
    pollIntervalMs: options.pollIntervalMs,
    connect: !options.noConnectGateway,
    connectGatewayPort: options.connectGatewayPort,
    gatewayAllow: options.gatewayAllow,
    tuning: { pollMs, retention, sizes, ...(retryIntervalMs > 0 && { retryIntervalMs }) },
    log: consoleLog(options.logLevel, tell),
  };
}

function appsLine(apps: string[], options: DevOptions): string {
  const given = apps.join(", ");
  const search = options.noDiscovery ? "" : "looking on common ports of this machine";
  return [given, search].filter((part) => part !== "").join(", and ") || "none yet: pass one with -u";
}

/** The lines a start is told in. */
export function startLines(
  server: Pick<DevServer, "url" | "port" | "apps">,
  options: DevOptions,
  color: boolean,
): string[] {
  const colors = pc.createColors(color);
  const row = (label: string, value: string) => `  ${colors.dim(label.padEnd(9))} ${value}`;
  const moved = options.port !== 0 && options.port !== server.port;
  const hint = `Port ${options.port} is taken: using ${server.port}. Set INNGEST_DEV=${server.url} in your apps.`;
  const open = `Whoever reaches ${options.host} may use this server: it asks for no keys. \`stepfast start\` does.`;
  return [
    `${colors.bold("Stepfast")} ${version} ${colors.dim("dev server")}`,
    ...(isLoopbackHost(options.host) ? [] : [colors.yellow(`  ${open}`)]),
    ...(moved ? [colors.yellow(`  ${hint}`)] : []),
    row("API", colors.cyan(server.url)),
    row("Events", `POST ${server.url}/e/any-key`),
    row("Database", options.db),
    row("Apps", appsLine(server.apps, options)),
  ];
}

/** `stepfast dev`: serves until it is asked to stop, then lets running steps finish. */
export async function runDev(options: DevOptions, io: ServerIo): Promise<number> {
  // Asked for before anything is open, so that no request to stop is missed.
  const stopped = io.untilStopped();
  const server = await startDevServer(serverOptions(options, io.tell));
  for (const line of startLines(server, options, io.color)) io.tell(line);
  const signal = await stopped;
  io.tell(`${signal}: letting running steps finish (again to stop at once)`);
  await server.close({ drainMs: DRAIN_MS });
  return 0;
}
