import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Stage } from "@stepfast-examples/stage";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { client } from "../src/client.ts";
import { parcels, payments, services, stock } from "../src/services.ts";
import { shipOrder } from "../src/ship-order.ts";

const order = { orderId: "o1", total: 4_200, sku: "socks", address: "Berlin" };
const folder = mkdtempSync(join(tmpdir(), "order-saga-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the README prints what runs here", () => {
  const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");
  const [, printed] = read("../README.md").match(/```ts\n(.*?)```/s) ?? [];
  expect(printed).toBe(read("../src/ship-order.ts"));
});

describe.each([
  { name: "in memory", db: () => ":memory:" },
  { name: "on a SQLite file", db: () => join(folder, `${crypto.randomUUID()}.db`) },
])("the order saga, $name", ({ db }) => {
  let stage: Stage;

  beforeEach(async () => {
    for (const service of services) service.reset();
    stage = await Stage.open({ client, functions: [shipOrder], db: db() });
  });

  afterEach(() => stage.close());

  async function place(): Promise<string> {
    await client.send({ name: "order/placed", data: order });
    return (await stage.theRun("shop-ship-order")).id;
  }

  test("an order that ships undoes nothing", async () => {
    const run = await stage.finish(await place());

    expect(run).toMatchObject({ status: "COMPLETED", output: { chargeId: "ch_1", trackingId: "tr_1" } });
    expect(run).not.toHaveProperty("rollback");
    expect(payments.refund.calls).toEqual([]);
  });

  test("an order that cannot be sent puts the goods back, then refunds the charge", async () => {
    parcels.send.fail();
    const run = await stage.finish(await place());

    expect(run).toMatchObject({
      status: "FAILED",
      output: { message: "parcels.send is out of order" },
      rollback: {
        status: "ROLLED_BACK",
        steps: [
          { step: "take from stock", status: "COMPLETED" },
          { step: "charge", status: "COMPLETED" },
        ],
      },
    });
    expect(stock.putBack.calls).toEqual([["socks"]]);
    expect(payments.refund.calls).toEqual([["ch_1", expect.stringContaining(run.id)]]);
    const { rootSpan } = await stage.trace(run.id);
    const undone = rootSpan.children.filter((span) => span.stepOp === "ROLLBACK");
    expect(undone.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "take from stock rollback COMPLETED",
      "charge rollback COMPLETED",
    ]);
  });

  test("an order that is withdrawn while it sleeps is undone at once", async () => {
    const id = await place();
    await stage.waiting(id, "sleep");
    await client.send({ name: "order/withdrawn", data: { orderId: "o1" } });
    const run = await stage.ended(id);

    expect(run).toMatchObject({ status: "CANCELLED", rollback: { status: "ROLLED_BACK" } });
    expect(payments.refund.calls).toHaveLength(1);
    expect(parcels.send.calls).toEqual([]);
  });

  test("a rollback that keeps failing is told of, and the others run", async () => {
    parcels.send.fail();
    stock.putBack.fail();
    const run = await stage.finish(await place());

    expect(run).toMatchObject({
      status: "FAILED",
      rollback: {
        status: "INCOMPLETE",
        steps: [
          { step: "take from stock", status: "FAILED", error: { message: "stock.putBack is out of order" } },
          { step: "charge", status: "COMPLETED" },
        ],
      },
    });
    expect(stock.putBack.calls).toHaveLength(5);
    expect(payments.refund.calls).toHaveLength(1);
  });
});
