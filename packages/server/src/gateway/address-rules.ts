import { BlockList, isIP } from "node:net";

/** Special-purpose IPv4 networks: nothing in them is a host of the public internet. */
const closedV4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const;

/** Within the public `2000::/3`: documentation, and tunnels that carry IPv4 addresses of any kind. */
const closedV6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

function blockList(networks: readonly (readonly [string, number])[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
}

const v4 = blockList(closedV4, "ipv4");
const v6 = blockList(closedV6, "ipv6");
const publicV6 = blockList([["2000::", 3]], "ipv6");
const loopbackV4 = blockList([["127.0.0.0", 8]], "ipv4");
const loopbackV6 = blockList([["::1", 128]], "ipv6");

/** Whether an address is one of the public internet; private, loopback, link-local and other special ones are not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !v4.check(address, "ipv4");
  // Addresses that wrap an IPv4 one lie outside the public network, too.
  return family === 6 && publicV6.check(address, "ipv6") && !v6.check(address, "ipv6");
}

export function isLoopbackAddress(address: string): boolean {
  return isIP(address) === 4 ? loopbackV4.check(address, "ipv4") : loopbackV6.check(address, "ipv6");
}
