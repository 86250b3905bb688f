import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { allWrongs, liveThrough, type Transport } from "../../src/saga/lives.ts";
import { orders } from "../../src/saga/order.ts";

/* `SAGA_ALL=1`: also killed asleep and after the last step. */
// Beside each other: most of their time is spent starting what was killed.
test.concurrent.each<Transport>(["inline", "http"])(
  "the order saga, %s: killed, cancelled or failed at each step boundary, every charge is shipped or refunded, once",
  {
    timeout: 600_000,
  },
  async (transport) => {
    const folder = mkdtempSync(join(tmpdir(), "stepfast-saga-"));
    const kills = await liveThrough(transport, folder);

    expect(allWrongs(folder)).toEqual([]);
    expect(kills).toBe(orders.filter(({ fate }) => fate.kill !== undefined).length);
    rmSync(folder, { recursive: true });
  },
);
