import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ledger } from "./ledger.ts";
import { isToSucceed, type Order, orders } from "./order.ts";

/** Built code, also when this module is run from its source. */
const CHILD = fileURLToPath(new URL("../../dist/saga/child.js", import.meta.url));

export type Transport = "inline" | "http";

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return String(port);
}

/** All waves of orders, one after the other. Returns how often a process was killed. */
export async function liveThrough(transport: Transport, folder: string): Promise<number> {
  let kills = 0;
  for (const wave of new Set(orders.map((order) => order.wave)))
    kills += await surge(transport, folder, wave);
  return kills;
}

/** Starts the process again whenever it was killed, until it ends by itself. */
async function surge(transport: Transport, folder: string, wave: string): Promise<number> {
  const files = [join(folder, `${wave}.db`), join(folder, "ledger")];
  const args = [CHILD, transport, ...files, wave, await freePort(), await freePort()];
  for (let kills = 0; ; kills++) {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    if (signal === "SIGKILL") continue;
    if (code === 0) return kills;
    throw new Error(`the process ended with ${code ?? signal}`);
  }
}

/** What came of an order that should not have: empty if all is well. */
export function wrongsOf(order: Order, folder: string): string[] {
  const ledger = new Ledger(join(folder, "ledger"));
  const count = (deed: Parameters<Ledger["count"]>[1]) => ledger.count(order.id, deed);
  const about = `${order.form} ${JSON.stringify(order.fate)}`;
  const wrongs: string[] = [];
  const expect = (what: string, actual: number, expected: number) => {
    if (actual !== expected) wrongs.push(`${about}: ${what} ${actual} times, not ${expected}`);
  };
  if (isToSucceed(order.fate)) {
    for (const deed of ["charge", "reserve", "ship"] as const) expect(deed, count(deed), 1);
    for (const deed of ["refund", "release", "recall"] as const) expect(deed, count(deed), 0);
    return wrongs;
  }
  // Its last step is done: whichever comes first, the word that it was shipped or the cancellation, all of it goes that way.
  if (order.fate.cancel === "end" && count("recall") === 0) {
    expect("refunded", count("refund"), 0);
    expect("released", count("release"), 0);
    expect("shipped", count("ship"), 1);
    return wrongs;
  }
  if (count("charge") > 1) wrongs.push(`${about}: charged ${count("charge")} times`);
  expect("refunded", count("refund"), count("charge"));
  expect("released", count("release"), count("reserve"));
  expect("recalled", count("recall"), count("ship"));
  return wrongs;
}

export function allWrongs(folder: string): string[] {
  return orders.flatMap((order) => wrongsOf(order, folder));
}
