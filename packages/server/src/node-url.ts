import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

const wildcards = new Set(["0.0.0.0", "::"]);

function ownAddress(interfaces: Interfaces): string | undefined {
  const addresses = Object.values(interfaces).flatMap((list) => list ?? []);
  const outer = addresses.filter(({ internal, address }) => !internal && !address.startsWith("fe80:"));
  const found = outer.find(({ family }) => family === "IPv4") ?? outer[0];
  return found?.address;
}

/**
 * Where other nodes reach one that listens on this host and port: at that address; on all addresses, at the machine's
 * first one that others can use. Undefined: it has none.
 */
export function nodeUrl(
  { host, port }: { host: string; port: number },
  interfaces: Interfaces = networkInterfaces(),
): string | undefined {
  const name = wildcards.has(host) ? ownAddress(interfaces) : host;
  if (name === undefined) return undefined;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}
