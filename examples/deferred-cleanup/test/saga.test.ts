import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stage } from "@stepfast-examples/stage";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { inngest } from "../src/client.ts";
import { functions } from "../src/functions.ts";
import { inventory, services, shipping, stripe } from "../src/services.ts";

const order = {
  total: 4_200,
  paymentSource: "tok_1",
  sku: "socks",
  quantity: 2,
  address: { city: "Berlin" },
};

const folder = mkdtempSync(join(tmpdir(), "deferred-cleanup-"));

const stores = [
  { name: "in memory", db: () => ":memory:" },
  { name: "on a SQLite file", db: () => join(folder, `${crypto.randomUUID()}.db`) },
];

describe.each(stores)("the order saga, $name", ({ db }) => {
  let stage: Stage;

  beforeEach(async () => {
    for (const service of services) service.reset();
    stage = await Stage.open({ client: inngest, functions, db: db() });
  });

  afterEach(async () => {
    await stage.close();
  });

  async function placeOrder() {
    await inngest.send({ name: "order/placed", data: order });
    const { id } = await stage.theRun("shop-process-order");
    return stage.finish(id);
  }

  async function cleanUp() {
    const refund = await stage.theRun("shop-refund-payment");
    const release = await stage.theRun("shop-release-inventory");
    return { refund: await stage.finish(refund.id), release: await stage.finish(release.id) };
  }

  test("an order that succeeds cancels both cleanups, and they never run", async () => {
    const run = await placeOrder();

    expect(run).toMatchObject({
      status: "COMPLETED",
      output: { status: "shipped", chargeId: "ch_tok_1" },
    });
    const { defers } = await stage.trace(run.id);
    expect(defers).toMatchObject([
      { id: "refund-if-failed", status: "ABORTED", function: "shop-refund-payment", run: null },
      { id: "release-if-failed", status: "ABORTED", function: "shop-release-inventory", run: null },
    ]);
    expect(await stage.runs()).toHaveLength(1);
    expect(stripe.charges.create.calls).toEqual([[{ amount: 4_200, currency: "usd", source: "tok_1" }]]);
    expect(stripe.refunds.create.calls).toEqual([]);
    expect(inventory.release.calls).toEqual([]);
  });

  test("create-shipment failing after its retries fails the run; the refund goes out and the inventory is released", async () => {
    shipping.createLabel.fail();

    const run = await placeOrder();
    const { refund, release } = await cleanUp();

    expect(run.status).toBe("FAILED");
    expect(run.output).toMatchObject({ message: "shipping.createLabel is out of order" });
    expect(shipping.createLabel.calls).toHaveLength(5);
    expect(stripe.charges.create.calls).toHaveLength(1);
    expect([refund.status, release.status]).toEqual(["COMPLETED", "COMPLETED"]);
    expect(stripe.refunds.create.calls).toEqual([[{ charge: "ch_tok_1", amount: 4_200 }]]);
    expect(inventory.release.calls).toEqual([["socks", 2]]);
  });

  test("no cleanup runs before the parent's run has ended", async () => {
    const label = shipping.createLabel.hold();
    shipping.createLabel.fail();
    await inngest.send({ name: "order/placed", data: order });
    const { id } = await stage.theRun("shop-process-order");
    await label.entered;

    const [refund] = await stage.until(async () => {
      const { defers } = await stage.trace(id);
      return defers.length > 0 ? defers : undefined;
    });
    expect(refund).toMatchObject({ id: "refund-if-failed", status: "SCHEDULED", run: null });
    label.release();
    await stage.waiting(id, "retry");
    expect((await stage.trace(id)).defers.map((defer) => defer.status)).toEqual(["SCHEDULED", "SCHEDULED"]);
    expect(await stage.runs()).toHaveLength(1);

    await stage.finish(id);
    await cleanUp();
    expect(stripe.refunds.create.done).toHaveLength(1);
  });

  test("a cleanup is on record before the next step does anything", async () => {
    const allocation = inventory.allocate.hold();
    await inngest.send({ name: "order/placed", data: order });
    const { id } = await stage.theRun("shop-process-order");
    await allocation.entered;

    expect((await stage.trace(id)).defers).toMatchObject([{ id: "refund-if-failed", status: "SCHEDULED" }]);
    allocation.release();
  });

  test("an order that is cancelled on its way is cleaned up after, too", async () => {
    const allocation = inventory.allocate.hold();
    await inngest.send({ name: "order/placed", data: order });
    const { id } = await stage.theRun("shop-process-order");
    await allocation.entered;

    await stage.request(`/v1/runs/${id}`, { method: "DELETE" });
    allocation.release();

    expect((await stage.ended(id)).status).toBe("CANCELLED");
    const refund = await stage.theRun("shop-refund-payment");
    expect((await stage.finish(refund.id)).status).toBe("COMPLETED");
    expect(stripe.refunds.create.done).toHaveLength(1);
    expect(shipping.createLabel.calls).toEqual([]);
  });

  test("only what was registered is cleaned up", async () => {
    inventory.allocate.fail();

    await placeOrder();
    const refund = await stage.theRun("shop-refund-payment");
    await stage.finish(refund.id);

    expect(stripe.refunds.create.done).toHaveLength(1);
    expect(await stage.runs("shop-release-inventory")).toEqual([]);
    expect(inventory.release.calls).toEqual([]);
  });

  test("a failing refund retries on its own and does not block the release", async () => {
    shipping.createLabel.fail();
    stripe.refunds.create.fail();

    const run = await placeOrder();
    const { refund, release } = await cleanUp();

    expect(release.status).toBe("COMPLETED");
    expect(inventory.release.calls).toHaveLength(1);
    expect(refund.status).toBe("FAILED");
    expect(stripe.refunds.create.calls).toHaveLength(5);
    expect((await stage.run(run.id)).endedAt).toBe(run.endedAt);
  });

  test("a refund that fails twice goes out once", async () => {
    shipping.createLabel.fail();
    stripe.refunds.create.fail({ times: 2 });

    await placeOrder();
    const { refund } = await cleanUp();

    expect(refund.status).toBe("COMPLETED");
    expect(stripe.refunds.create.calls).toHaveLength(3);
    expect(stripe.refunds.create.done).toHaveLength(1);
  });

  test("the deferred runs are linked to the parent, and it to them", async () => {
    shipping.createLabel.fail();

    const run = await placeOrder();
    const { refund, release } = await cleanUp();

    const { defers } = await stage.trace(run.id);
    expect(defers).toMatchObject([
      { id: "refund-if-failed", status: "STARTED", run: { id: refund.id, status: "COMPLETED" } },
      { id: "release-if-failed", status: "STARTED", run: { id: release.id, status: "COMPLETED" } },
    ]);
    for (const child of [refund, release]) {
      const parent = { runId: run.id, origin: "defer" };
      expect((await stage.run(child.id)).parent).toMatchObject(parent);
      expect((await stage.trace(child.id)).parent).toMatchObject(parent);
    }
  });

  test("while the refund waits for its retry, the release is done", async () => {
    shipping.createLabel.fail();
    stripe.refunds.create.fail({ times: 1 });
    await placeOrder();

    const refund = await stage.theRun("shop-refund-payment");
    const release = await stage.theRun("shop-release-inventory");
    await stage.waiting(refund.id, "retry");

    expect((await stage.ended(release.id)).status).toBe("COMPLETED");
    expect(inventory.release.done).toHaveLength(1);
    expect(stripe.refunds.create.done).toHaveLength(0);
    expect((await stage.finish(refund.id)).status).toBe("COMPLETED");
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
