import { expect, test } from "vitest";
import type { Stage } from "../suite.ts";
import { App } from "../world.ts";

/** PROTOCOL §6, §3.2: events that come twice, and state that is too large for a call. */
export function sending({ sdk, api, app: newApp }: Stage): void {
  test("an event id that came before starts nothing", async () => {
    const app = newApp();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "once", triggers: { event: app.event("go") } },
      async ({ step, event }) => step.run("count", () => ledger.note("count", event.data.n)),
    );
    await app.start([fn]);
    const id = app.event("id-1");
    const { ids } = await app.client.send({ name: app.event("go"), data: { n: 1 }, id });
    const again = await app.client.send({ name: app.event("go"), data: { n: 2 }, id });
    expect(again.ids).toEqual(ids);
    await app.client.send({ name: app.event("go"), data: { n: 3 } });
    const runs = await api().outcomes(`${app.id}-once`, 2);
    expect(runs.map((run) => run.output)).toEqual([1, 3]);
    expect(ledger.count("count")).toBe(2);
  });

  test("a function with an idempotency key runs once per key", async () => {
    const app = newApp();
    const fn = app.client.createFunction(
      { id: "once", triggers: { event: app.event("go") }, idempotency: "event.data.cart" },
      ({ event }) => event.data.n,
    );
    await app.start([fn]);
    for (const [n, cart] of ["x", "y", "x"].entries()) await app.send("go", { n, cart });
    const runs = await api().outcomes(`${app.id}-once`, 2);
    expect(runs.filter((run) => run.status === "COMPLETED").map((run) => run.output)).toEqual([0, 1]);
  });

  test("an SDK that was not answered sends again, and the event is there once", async () => {
    const api1 = api();
    let sent = 0;
    const lossy = async (input: string | URL | Request, init?: RequestInit) => {
      const response = await fetch(input, init);
      if (!String(input).includes("/e/") || ++sent > 2) return response;
      await response.arrayBuffer();
      throw new TypeError("connection reset");
    };
    const app = new App(sdk, api1, { fetch: lossy as typeof fetch });
    const receiver = newApp();
    const fn = receiver.client.createFunction(
      { id: "count", triggers: { event: receiver.event("go") } },
      ({ event }) => event.data.n,
    );
    await receiver.start([fn]);
    const name = receiver.event("go");
    const { ids } = await app.client.send([
      { name, data: { n: 1 } },
      { name, data: { n: 2 } },
    ]);
    expect(sent).toBe(3);
    expect(new Set(ids).size).toBe(2);
    const runs = await api1.outcomes(`${receiver.id}-count`, 2);
    expect(runs.map((run) => run.output).sort()).toEqual([1, 2]);
    for (const id of ids) expect(await api1.runsOf(id)).toHaveLength(1);
  });

  test("state of more than 4 MiB is fetched by the SDK", async () => {
    const app = newApp();
    const { ledger } = app;
    const size = 1_500_000;
    const fn = app.client.createFunction(
      { id: "large", triggers: { event: app.event("go") } },
      async ({ step, event }) => {
        const parts: string[] = [];
        for (const letter of ["a", "b", "c", "d"]) {
          parts.push(await step.run(letter, () => ledger.note(letter, letter.repeat(size))));
        }
        await step.sleep("nap", "1s");
        const [length, word] = await Promise.all([
          step.run("length", () => ledger.note("length", parts.join("").length)),
          step.run("word", () => ledger.note("word", parts.map((part) => part[0]).join(""))),
        ]);
        return { length, word, event: event.data.n };
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go", { n: 7 }));
    expect(run).toMatchObject({ status: "COMPLETED", output: { length: 4 * size, word: "abcd", event: 7 } });
    expect(ledger.lines.slice().sort()).toEqual(["a", "b", "c", "d", "length", "word"]);
    expect(app.asked(new RegExp(`^/v0/runs/${run.id}/actions$`))).toBeGreaterThanOrEqual(3);
    expect(app.asked(new RegExp(`^/v0/runs/${run.id}/batch$`))).toBeGreaterThanOrEqual(3);
  });
}
