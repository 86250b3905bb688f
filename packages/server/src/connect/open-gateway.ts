import type { Log } from "@stepfast/engine";
import { StepfastError } from "@stepfast/protocol";
import type { SigningKeys } from "../auth/signing-keys.ts";
import type { Composition } from "../compose.ts";
import { systemClock } from "../system/system-clock.ts";
import { replyForwarder } from "./forward-reply.ts";
import { CONNECT_PATH, Gateway } from "./gateway.ts";
import { type GatewayPort, openGatewayPort } from "./gateway-port.ts";
import { type GatewayLimits, gatewayLimits } from "./limits.ts";
import { SessionTokens } from "./session-token.ts";
import { type Upgrade, upgradesAt } from "./upgrade.ts";

/** Where workers connected before there was one port for everything. */
export const DEFAULT_GATEWAY_PORT = 8289;

export interface OpenGatewayOptions {
  connect?: GatewayLimits | boolean;
  /** A port beside the API's. */
  connectGatewayPort?: number | undefined;
  host: string;
  keys?: SigningKeys | undefined;
  /** Development: the address whose names alone are answered to. */
  guardedHost?: string;
  log: Log;
}

export interface OpenGateway {
  gateway: Gateway;
  /** For the API's port. */
  upgrade: Upgrade;
  /** The port beside it, if there is one. */
  port: number | undefined;
  close(): Promise<void>;
}

/** The gateway over a composition that takes workers; undefined for one that does not. */
export async function openGateway(
  { engine, workers }: Pick<Composition, "engine" | "workers">,
  options: OpenGatewayOptions,
): Promise<OpenGateway | undefined> {
  if (!workers) return undefined;
  const { connect, keys, log } = options;
  const gateway = new Gateway({
    engine,
    pool: workers,
    clock: systemClock,
    log,
    limits: typeof connect === "object" ? connect : gatewayLimits,
    tokens: new SessionTokens(keys),
    forward: replyForwarder(keys),
  });
  const take: Upgrade = (...args) => gateway.upgrade(...args);
  const guard = { host: options.guardedHost };
  const beside = await besidePort(options, upgradesAt({ [CONNECT_PATH]: take, "": take }, guard));
  return {
    gateway,
    upgrade: upgradesAt({ [CONNECT_PATH]: take }, guard),
    port: beside?.port,
    async close() {
      await gateway.close();
      await beside?.close();
    },
  };
}

/** Another server of this machine may have the usual port; workers come to the API's port as well. */
async function besidePort(options: OpenGatewayOptions, upgrade: Upgrade): Promise<GatewayPort | undefined> {
  const { connectGatewayPort: port, host, log } = options;
  if (port === undefined) return undefined;
  try {
    return await openGatewayPort({ port, host, upgrade });
  } catch (error) {
    if (port !== DEFAULT_GATEWAY_PORT || !StepfastError.is(error)) throw error;
    log.warn(`Port ${port} is taken: workers connect to the port of the API only`);
    return undefined;
  }
}
