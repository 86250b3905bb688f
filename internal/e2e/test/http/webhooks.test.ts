import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modes, type World, worldOf } from "./modes.ts";

interface Webhook {
  id: string;
  url: string;
}

describe.each(modes)("webhooks of a server in %s mode", (mode) => {
  let world: World;
  beforeAll(async () => {
    world = await worldOf(mode);
  });
  afterAll(() => world.cleanUps.run());

  const make = async (given: object): Promise<Webhook> => {
    const response = await world.api.request("POST", "/v2/env/webhooks", { name: "hook", ...given });
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
    return ((await response.json()) as { data: Webhook }).data;
  };
  const post = async ({ url }: Webhook, body: string, headers: Record<string, string> = {}, query = "") => {
    const response = await fetch(`${url}${query}`, { method: "POST", body, headers });
    const text = await response.text();
    return { status: response.status, text, json: () => JSON.parse(text) };
  };
  const eventOf = async (id: string) =>
    world.api.get<{ name: string; data: Record<string, unknown>; key: string | null }>(`/v2/events/${id}`);

  const transform = `
    function transform(evt, headers, queryParams, raw) {
      return {
        name: "github/" + headers["X-GitHub-Event"],
        id: headers["x-github-delivery"],
        data: { ...evt, from: queryParams.from, bytes: raw.length },
      };
    }`;

  test("what is posted becomes an event, as the transform says", async () => {
    const hook = await make({ transform });
    const headers = {
      "x-github-event": "push",
      "x-github-delivery": "d-1",
      "content-type": "application/json",
    };
    const answer = await post(hook, '{"ref":"main"}', headers, "?from=mars");
    expect(answer.status).toBe(200);
    const [id = ""] = answer.json().ids;
    expect(await eventOf(id)).toMatchObject({
      name: "github/push",
      key: "d-1",
      data: { ref: "main", from: "mars", bytes: 14 },
    });
    // The sender tries again what it was not sure of: its id makes it one event.
    expect((await post(hook, '{"ref":"main"}', headers)).json().ids).toEqual([id]);
  });

  test("without a transform events are posted as they are; forms and texts need one", async () => {
    const hook = await make({});
    const answer = await post(hook, '[{"name":"a/b","data":{"n":1}},{"name":"a/c"}]');
    expect(answer.json().ids).toHaveLength(2);
    expect((await post(hook, '{"data":{}}')).status).toBe(400);
    const form = await make({ transform: 'const transform = (evt) => ({ name: "form/sent", data: evt });' });
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const [id = ""] = (await post(form, "a=1&b=2&b=3", type)).json().ids;
    expect((await eventOf(id)).data).toEqual({ a: "1", b: ["2", "3"] });
    const text = await make({
      transform: "const transform = (evt, h, q, raw) => ({ name: 't/s', data: { evt, raw } })",
    });
    const [other = ""] = (await post(text, "plain words", { "content-type": "text/plain" })).json().ids;
    expect((await eventOf(other)).data).toEqual({ evt: null, raw: "plain words" });
  });

  test("a transform may make many events, or none; a filter lets some pass", async () => {
    const many = "const transform = (evt) => evt.names.map((name) => ({ name, data: {} }))";
    const hook = await make({
      transform: many,
      eventFilter: { events: ["order/*", "exact"], filter: "DENY" },
    });
    const body = JSON.stringify({ names: ["order/placed", "exact", "exactly", "other/x"] });
    expect((await post(hook, body)).json().ids).toHaveLength(2);
    expect((await post(hook, '{"names":[]}')).json().ids).toEqual([]);
    const allow = await make({ transform: many, eventFilter: { events: ["order/*"], filter: "ALLOW" } });
    expect((await post(allow, body)).json().ids).toHaveLength(1);
    const none = await make({ transform: "const transform = () => null", response: "thank you" });
    expect(await post(none, "{}")).toMatchObject({ status: 200, text: "thank you" });
  });

  test("a transform sees no key that lets it into this server, and nothing of the one before", async () => {
    const hook = await make({
      transform: `globalThis.count = (globalThis.count ?? 0) + 1;
        const transform = (evt, headers) => ({ name: "a/b", data: {
          authorization: String(headers.Authorization), count: globalThis.count,
          outside: [typeof process, typeof require, typeof fetch, typeof WebAssembly, typeof __input].join(),
        } });`,
    });
    for (const _ of [1, 2]) {
      const [id = ""] = (await post(hook, "{}", { authorization: "Bearer secret" })).json().ids;
      expect((await eventOf(id)).data).toEqual({
        authorization: "undefined",
        count: 1,
        outside: "undefined,undefined,undefined,undefined,undefined",
      });
    }
  });

  test.each([
    ["never ends", "function transform() { for (;;) {} }", /took too long/],
    [
      "takes all memory",
      "function transform() { const a = []; for (;;) a.push('x'.repeat(1e6) + a.length); }",
      /./,
    ],
    ["calls itself for ever", "function transform() { return transform(); }", /./],
    ["throws", "function transform() { throw new TypeError('no such thing'); }", /TypeError: no such thing/],
  ])("a transform that %s fails alone, and sends nothing", async (_what, code, message) => {
    const hook = await make({ transform: code });
    const answer = await post(hook, "{}");
    expect(answer).toMatchObject({ status: 422 });
    expect(answer.json()).toMatchObject({ code: "transform_failed", error: expect.stringMatching(message) });
    expect((await world.api.request("GET", "/v2/health")).status).toBe(200);
  });

  test.each([
    ["no function", "const a = 1"],
    ["no code", "function transform( {"],
    ["an import", 'import fs from "node:fs"; function transform() {}'],
  ])("a transform that is %s is refused when it is made", async (_what, code) => {
    const response = await world.api.request("POST", "/v2/env/webhooks", { name: "x", transform: code });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ code: "transform_failed" }] });
    const { id } = await make({});
    const changed = await world.api.request("PATCH", `/v2/env/webhooks/${id}`, { transform: code });
    expect(changed.status).toBe(422);
  });

  test("it can be tried out, with another transform too, and sends nothing", async () => {
    const { id } = await make({ transform, eventFilter: { events: ["no/thing"], filter: "DENY" } });
    const before = await world.api.get<unknown[]>("/v2/events?limit=200");
    const tryOut = async (body: object) =>
      (await (await world.api.request("POST", `/v2/env/webhooks/${id}/test`, body)).json()) as object;
    const given = { body: '{"n":1}', headers: { "x-github-event": "push" }, query: { from: "here" } };
    expect(await tryOut(given)).toMatchObject({
      data: { events: [{ name: "github/push", data: { n: 1, from: "here" } }], dropped: 0 },
    });
    const other = "const transform = () => [{ name: 'no/thing' }, { name: 'some/thing' }]";
    expect(await tryOut({ ...given, transform: other })).toMatchObject({
      data: { events: [{ name: "some/thing" }], dropped: 1 },
    });
    expect(await world.api.get<unknown[]>("/v2/events?limit=200")).toHaveLength(before.length);
  });

  test("an address that is wrong, a body that is too large, and names that are the system's", async () => {
    const hook = await make({});
    const wrong = { ...hook, url: `${hook.url.slice(0, -1)}${hook.url.endsWith("A") ? "B" : "A"}` };
    expect((await post(wrong, "{}")).status).toBe(404);
    expect((await post({ ...hook, url: `${world.api.url}/hooks/nothing` }, "{}")).status).toBe(404);
    expect((await fetch(hook.url)).status).toBe(405);
    expect((await post(hook, '{"name":"inngest/function.failed"}')).status).toBe(400);
    expect((await post(hook, "x".repeat(4 * 1024 * 1024))).status).toBe(413);
    expect((await post(hook, "x", { "content-encoding": "gzip" })).status).toBe(415);
  });
});
