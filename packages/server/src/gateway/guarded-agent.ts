import { type LookupAddress, lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { StepfastError } from "@stepfast/protocol";
import { Agent, buildConnector } from "undici";
import { isLoopbackAddress, isPublicAddress } from "./address-rules.ts";

/** All addresses of a name, as `dns.lookup` gives them. */
export type Resolve = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface GuardOptions {
  /** Addresses of this machine are open, too: a development server. Default: they are not. */
  allowLoopback?: boolean;
  /** Hosts (`name` or `name:port`) that may be asked wherever they are. */
  allowHosts?: readonly string[];
  /** Default: the system's. */
  resolve?: Resolve;
}

const CONNECT_TIMEOUT_MS = 10_000;

const resolveBySystem: Resolve = (hostname, done) =>
  systemLookup(hostname, { all: true }, (error, addresses) => done(error, addresses ?? []));

function refusal(host: string, address: string): StepfastError {
  const which = host === address ? host : `${host} (${address})`;
  return new StepfastError(
    "forbidden_address",
    `${which} is not an address of the public internet: requests that steps leave to the server do not go there. Allow the host with --gateway-allow if they should`,
  );
}

/**
 * The name's addresses, all of which must be open. The connection goes to one of these and is not looked up again, so
 * that a name cannot change its mind in between.
 */
function guardedLookup(isOpen: (address: string) => boolean, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      if (error) return callback(error, "", 0);
      const closed = addresses.find(({ address }) => !isOpen(address));
      if (closed) return callback(refusal(hostname, closed.address), "", 0);
      const [first] = addresses;
      if (!first) return callback(new Error(`${hostname} has no address`), "", 0);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** Connects to hosts of the public internet, and to those that are allowed by name. */
export function guardedAgent(options: GuardOptions): Agent {
  const { allowLoopback = false, resolve = resolveBySystem } = options;
  const allowed = new Set(options.allowHosts?.map((host) => host.toLowerCase()));
  const isOpen = (address: string) =>
    isPublicAddress(address) || (allowLoopback && isLoopbackAddress(address));
  const timeout = CONNECT_TIMEOUT_MS;
  const guarded = buildConnector({ timeout, lookup: guardedLookup(isOpen, resolve) });
  const free = buildConnector({ timeout });
  return new Agent({
    // A model may think in silence, and a body come slowly: the limit is on the request as a whole.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(target, callback) {
      const host = target.hostname.replace(/^\[|\]$/g, "").toLowerCase();
      const port = target.port || (target.protocol === "https:" ? "443" : "80");
      if (allowed.has(host) || allowed.has(`${host}:${port}`)) return free(target, callback);
      // An address is not looked up, so nobody else would check it.
      if (isIP(host) !== 0 && !isOpen(host)) return callback(refusal(host, host), null);
      return guarded(target, callback);
    },
  });
}
