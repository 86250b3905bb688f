import { describe, expect, it } from "vitest";
import { deferred, hash, newClient, settled, start } from "./fake-host.ts";

const client = newClient();
const trigger = { event: "test/happened" };

describe("replay in an inline call", () => {
  it("does not run again what is known", async () => {
    const ran: string[] = [];
    const fn = client.createFunction({ id: "known" }, trigger, async ({ step }) => {
      const a = await step.run("a", () => ran.push("a"));
      const b = await step.run("b", () => ran.push("b"));
      return [a, b];
    });
    const { host, session } = start(fn, { steps: { [hash("a")]: { data: 41 } } });
    expect(await session.answer).toMatchObject({ output: [41, 1] });
    expect(ran).toEqual(["b"]);
    expect(host.ops.map((op) => op.name)).toEqual(["b"]);
  });

  it("reads every form of a known value", async () => {
    const fn = client.createFunction({ id: "forms" }, trigger, ({ step }) =>
      Promise.all(
        ["wrapped", "typed", "null", "event", "extra", "list"].map((id) => step.run(id, () => "ran")),
      ),
    );
    const { session } = start(fn, {
      steps: {
        [hash("wrapped")]: { data: 1 },
        [hash("typed")]: { type: "data", data: 2 },
        [hash("null")]: null,
        [hash("event")]: { name: "x", data: { n: 3 } },
        [hash("extra")]: { data: 4, more: true },
        [hash("list")]: [5],
      },
    });
    expect(await session.answer).toMatchObject({
      output: [1, 2, null, { name: "x", data: { n: 3 } }, { data: 4, more: true }, [5]],
    });
  });

  it("settles known steps in the order their results became known", async () => {
    const order: string[] = [];
    const fn = client.createFunction({ id: "stack" }, trigger, ({ step }) =>
      Promise.all(["a", "b", "c"].map((id) => step.run(id, () => id).then((value) => order.push(value)))),
    );
    const steps = { [hash("a")]: { data: "a" }, [hash("b")]: { data: "b" }, [hash("c")]: { data: "c" } };
    await start(fn, { steps, stack: [hash("c"), hash("a"), hash("b")] }).session.answer;
    expect(order).toEqual(["c", "a", "b"]);
  });

  it("lets the code behind one result get ahead before the next is settled, as it did when it was live", async () => {
    const fn = client.createFunction({ id: "race" }, trigger, async ({ step }) => {
      const long = async () => {
        const value = await step.run("long", () => "long");
        for (let i = 0; i < 8; i++) await null;
        return value;
      };
      return Promise.race([step.run("short", () => "short"), long()]);
    });
    const steps = { [hash("long")]: { data: "long" }, [hash("short")]: { data: "short" } };
    const longFirst = start(fn, { steps, stack: [hash("long"), hash("short")] });
    expect(await longFirst.session.answer).toMatchObject({ output: "long" });
    const shortFirst = start(fn, { steps, stack: [hash("short"), hash("long")] });
    expect(await shortFirst.session.answer).toMatchObject({ output: "short" });
  });

  it("gives live results the same head start, so that replay ends a race as it was", async () => {
    const gate = deferred<void>();
    const code = client.createFunction({ id: "live-race" }, trigger, async ({ step }) => {
      const long = async () => {
        const value = await step.run("long", () => gate.promise.then(() => "long"));
        for (let i = 0; i < 8; i++) await null;
        return value;
      };
      const short = step.run("short", () => gate.promise.then(() => null).then(() => "short"));
      return Promise.race([long(), short]);
    });
    const { host, session } = start(code);
    await settled();
    gate.resolve();
    const live = await session.answer;
    const order = host.ops.map((op) => op.id);
    const steps = { [hash("long")]: { data: "long" }, [hash("short")]: { data: "short" } };
    expect(await start(code, { steps, stack: order }).session.answer).toEqual(live);
  });

  it("passes over a known step that the code no longer has", async () => {
    const fn = client.createFunction({ id: "changed" }, trigger, ({ step }) =>
      Promise.all([step.run("b", () => "ran"), step.run("c", () => "ran")]),
    );
    const steps = { [hash("gone")]: { data: 0 }, [hash("c")]: { data: "c" }, [hash("b")]: { data: "b" } };
    const { session } = start(fn, { steps, stack: [hash("gone"), hash("c"), hash("b")] });
    expect(await session.answer).toMatchObject({ output: ["b", "c"] });
  });

  it("runs nothing new before everything known was settled", async () => {
    const seen: string[] = [];
    const fn = client.createFunction({ id: "new-later" }, trigger, async ({ step }) => {
      const first = step.run("first", () => 0).then(() => step.run("new", () => seen.push("new body")));
      const second = step.run("second", () => 0).then(() => seen.push("second known"));
      await Promise.all([first, second]);
    });
    const steps = { [hash("first")]: { data: 1 }, [hash("second")]: { data: 2 } };
    await start(fn, { steps }).session.answer;
    expect(seen).toEqual(["second known", "new body"]);
  });

  it("replays a long run without a turn of the loop for each step", async () => {
    const count = 2_000;
    const fn = client.createFunction({ id: "long" }, trigger, async ({ step }) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += await step.run("n", () => 1);
      return sum;
    });
    const steps = Object.fromEntries(Array.from({ length: count }, (_, i) => [hash("n", i), { data: 1 }]));
    let turns = 0;
    let counting = true;
    const tick = () => {
      turns++;
      if (counting) setImmediate(tick);
    };
    setImmediate(tick);
    expect(await start(fn, { steps }).session.answer).toMatchObject({ output: count });
    counting = false;
    expect(turns).toBeLessThan(50);
  });
});
