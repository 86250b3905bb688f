import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@stepfast/engine";
import { StepfastError } from "@stepfast/protocol";
import { MemoryStore } from "@stepfast/store/memory";
import { afterEach, describe, expect, test } from "vitest";
import { type Embedded, type EmbedOptions, embed } from "../src/embed.ts";
import { StubClient, stubFunction } from "./inline-stub.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(options: Partial<EmbedOptions> & Pick<EmbedOptions, "client">): Promise<Embedded> {
  const app = await embed({ functions: [], db: ":memory:", log: silentLog, ...options });
  cleanUps.push(() => app.close());
  return app;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "embed-"));
  cleanUps.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A promise and what settles it. */
function gate<T = void>(): { opened: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => {};
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function sendTo(client: StubClient, name: string): Promise<string> {
  const { ids } = (await client.transport?.send([{ name, data: { n: 1 } }])) ?? { ids: [] };
  return ids[0] ?? "";
}

async function get(app: Embedded, path: string) {
  const response = await app.server.fetch(new Request(`http://localhost${path}`));
  return (await response.json()).data;
}

describe("embed", () => {
  test("runs a function on an event of the attached client, without a network", async () => {
    const client = new StubClient("shop");
    const called = gate<unknown>();
    const pay = stubFunction("pay", "order/placed", async (call) => {
      called.open(call.event.data);
      return { kind: "complete", output: { ok: true } };
    });
    const app = await open({ client, functions: [pay] });
    expect(app.url).toBeUndefined();
    const eventId = await sendTo(client, "order/placed");
    expect(await called.opened).toEqual({ n: 1 });
    await app.close();
    expect(client.transport).toBeNull();
    expect(eventId).toMatch(/^[0-9A-Z]{26}$/);
  });

  test("serves the API on a free port", async () => {
    const client = new StubClient("shop");
    const app = await open({ client, port: 0 });
    expect(app.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${app.url}/health`)).status).toBe(200);
    const response = await fetch(`${app.url}/e/k`, { method: "POST", body: '{"name":"a"}' });
    expect(response.status).toBe(200);
    await app.close();
    await expect(fetch(`${app.url}/health`)).rejects.toThrow();
  });

  test("goes on in a file where the process before it ended", async () => {
    const db = join(folder(), "deep", "app.db");
    const before = new StubClient("shop");
    const first = await open({ client: before, db, functions: [] });
    const eventId = await sendTo(before, "order/placed");
    await first.close();
    const after = await open({ client: new StubClient("shop"), db, functions: [] });
    expect(await get(after, `/v1/events/${eventId}`)).toMatchObject({ name: "order/placed", data: { n: 1 } });
  });

  test("is there for what waiting runs send before it has started as a whole", async () => {
    const store = new MemoryStore();
    const before = new StubClient("shop");
    const begun = gate();
    const hanging = stubFunction("pay", "order/placed", () => {
      begun.open();
      return new Promise(() => {});
    });
    const first = await open({ client: before, store, functions: [hanging] });
    await sendTo(before, "order/placed");
    await begun.opened;
    await first.close({ drainMs: 0 });
    const client = new StubClient("shop");
    const called = gate<boolean>();
    const pay = stubFunction("pay", "order/placed", async () => {
      called.open(client.transport !== null);
      return { kind: "complete", output: null };
    });
    // A look at gates that the start makes takes as long as the run needs to be called.
    const listGates = store.listGates.bind(store);
    store.listGates = async (filter) => {
      if (filter.kinds?.includes("job")) await called.opened;
      return listGates(filter);
    };
    await open({ client, store, functions: [pay] });
    expect(await called.opened).toBe(true);
  });

  test("leaves a store it was given open", async () => {
    const store = new MemoryStore();
    const client = new StubClient("shop");
    const app = await open({ client, store });
    const eventId = await sendTo(client, "a");
    await app.close();
    expect(await store.getEvents([eventId])).toHaveLength(1);
  });

  test("closing lets a call under way finish, and lets it send", async () => {
    const client = new StubClient("shop");
    const called = gate();
    const finish = gate();
    const sent: string[] = [];
    const pay = stubFunction("pay", "order/placed", async () => {
      called.open();
      await finish.opened;
      if (client.transport) sent.push("attached");
      return { kind: "complete", output: null };
    });
    const store = new MemoryStore();
    const app = await open({ client, functions: [pay], store });
    const eventId = await sendTo(client, "order/placed");
    await called.opened;
    const closed = app.close();
    finish.open();
    await closed;
    expect(sent).toEqual(["attached"]);
    expect(await store.listRuns({ eventId })).toMatchObject([{ status: "completed" }]);
  });

  test("a second close waits for the first", async () => {
    const app = await open({ client: new StubClient("shop") });
    await Promise.all([app.close(), app.close()]);
  });

  test("signals: nobody waiting is no error for the client", async () => {
    const client = new StubClient("shop");
    await open({ client });
    expect(await client.transport?.sendSignal("s", null)).toEqual({ runId: undefined });
  });

  test("bad events are refused with their code", async () => {
    const client = new StubClient("shop");
    await open({ client });
    const sent = client.transport?.send([{ name: "inngest/function.failed" }]);
    await expect(sent).rejects.toMatchObject({ code: "reserved_event_name" });
  });

  test("two functions of one id are refused, and nothing stays open", async () => {
    const client = new StubClient("shop");
    const twice = [1, 2].map(() =>
      stubFunction("pay", "a", async () => ({ kind: "complete", output: null })),
    );
    const db = join(folder(), "app.db");
    await expect(embed({ client, functions: twice, db })).rejects.toMatchObject({
      code: "duplicate_function",
      message: expect.stringContaining("shop-pay"),
    });
    expect(client.transport).toBeNull();
  });

  test("what is no client is refused", async () => {
    const wrong = { client: {}, functions: [], db: ":memory:" } as unknown as EmbedOptions;
    await expect(embed(wrong)).rejects.toMatchObject({ code: "invalid_config" });
  });

  test("what is no function is refused", async () => {
    const wrong = [{}] as unknown as EmbedOptions["functions"];
    await expect(embed({ client: new StubClient("shop"), functions: wrong, db: ":memory:" })).rejects.toThrow(
      StepfastError,
    );
  });

  test("a taken port is told, and everything is closed again", async () => {
    const first = await open({ client: new StubClient("a"), port: 0 });
    const port = Number(new URL(first.url ?? "").port);
    const client = new StubClient("b");
    const db = join(folder(), "app.db");
    await expect(embed({ client, functions: [], db, port, log: silentLog })).rejects.toMatchObject({
      code: "port_in_use",
    });
    expect(client.transport).toBeNull();
    // The file is free again.
    await open({ client, db });
  });
});
