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

/** A gateway, and how requests get there. */
export class OpenGateway {
  readonly gateway: Gateway;
  /** For the API's port. */
  readonly upgrade: Upgrade;
  readonly #options: OpenGatewayOptions;
  #beside: GatewayPort | undefined;

  constructor(gateway: Gateway, options: OpenGatewayOptions) {
    this.gateway = gateway;
    this.#options = options;
    this.upgrade = upgradesAt({ [CONNECT_PATH]: this.#take }, { host: options.guardedHost });
  }

  readonly #take: Upgrade = (...args) => this.gateway.upgrade(...args);

  /**
   * Opens the port beside the API's, if there is to be one. Another server of this machine may have the usual one; workers
   * come to the API's port as well. Throws `port_in_use` for another one that is taken.
   */
  async openPort(): Promise<void> {
    const { connectGatewayPort: port, host, log } = this.#options;
    if (port === undefined) return;
    const paths = { [CONNECT_PATH]: this.#take, "": this.#take };
    const upgrade = upgradesAt(paths, { host: this.#options.guardedHost });
    try {
      this.#beside = await openGatewayPort({ port, host, upgrade });
    } catch (error) {
      if (port !== DEFAULT_GATEWAY_PORT || !StepfastError.is(error)) throw error;
      log.debug(`Port ${port} is taken: workers connect to the port of the API only`);
    }
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await this.#beside?.close();
  }
}

/** The gateway over a composition that takes workers; undefined for one that does not. */
export function openGateway(
  { engine, workers }: Pick<Composition, "engine" | "workers">,
  options: OpenGatewayOptions,
): OpenGateway | undefined {
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
  return new OpenGateway(gateway, options);
}
