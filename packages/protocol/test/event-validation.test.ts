import { describe, expect, it } from "vitest";
import { StepfastError } from "../src/error.ts";
import { limits } from "../src/limits.ts";
import { sessionLimits, validateEvents } from "../src/validators.ts";

function errorOf(body: unknown): { code: string; message: string } {
  try {
    validateEvents(body);
  } catch (error) {
    if (StepfastError.is(error)) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: "none", message: "" };
}

const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`);

describe("a valid event", () => {
  it("is taken alone or in a list, in order", () => {
    expect(validateEvents({ name: "a/b", data: { x: 1 } })).toEqual([{ name: "a/b", data: { x: 1 } }]);
    expect(validateEvents([{ name: "a" }, { name: "b" }]).map((event) => event.name)).toEqual(["a", "b"]);
    expect(validateEvents([])).toEqual([]);
  });

  it("keeps every known key and drops the others", () => {
    const event = {
      name: "a/b",
      data: { x: [1, { y: null }] },
      user: { id: "u" },
      id: "evt-1",
      ts: 1_717_171_717_000,
      v: "2",
      meta: { sessions: { cart: "9", count: 4, old: null }, propagated_sessions: { k: "v" } },
    };
    expect(validateEvents({ ...event, sessions: {}, ctx: 1, meta: { ...event.meta, other: 1 } })).toEqual([
      event,
    ]);
  });

  it("has data {} where there is none", () => {
    expect(validateEvents({ name: "a" })).toEqual([{ name: "a", data: {} }]);
    expect(
      validateEvents({ name: "a", data: null, user: null, id: null, ts: null, v: null, meta: null }),
    ).toEqual([{ name: "a", data: {} }]);
  });

  it("loses the reserved key of data, and the sender's object keeps it", () => {
    const data = { _inngest: { fn_id: "x" }, a: 1, deep: { _inngest: 1 } };
    expect(validateEvents({ name: "a", data })).toEqual([
      { name: "a", data: { a: 1, deep: { _inngest: 1 } } },
    ]);
    expect(data._inngest).toEqual({ fn_id: "x" });
  });

  it("is not copied when JSON writes it as it is", () => {
    const data = { list: [1, "a", null, true], deep: { text: "é" } };
    expect(validateEvents({ name: "a", data })[0]?.data).toBe(data);
  });

  it("is what JSON makes of it otherwise", () => {
    class Order {
      id = 7;
      #secret = 1;
      get total() {
        return this.#secret;
      }
    }
    const data = {
      at: new Date(0),
      gone: undefined,
      call: () => 1,
      list: [undefined, Number.NaN, Number.POSITIVE_INFINITY],
      order: new Order(),
      custom: { toJSON: () => ({ kept: true }) },
      empty: Object.create(null),
    };
    expect(validateEvents({ name: "a", data })[0]?.data).toStrictEqual({
      at: "1970-01-01T00:00:00.000Z",
      list: [null, null, null],
      order: { id: 7 },
      custom: { kept: true },
      empty: {},
    });
  });

  it("may have a member called constructor", () => {
    const data = { constructor: "ACME builders", prototype: 1, deep: { constructor: { name: "x" } } };
    expect(validateEvents({ name: "a", data })).toEqual([{ name: "a", data }]);
  });

  it("reaches every limit", () => {
    expect(validateEvents({ name: "é".repeat(limits.eventNameBytes / 2) })).toHaveLength(1);
    expect(validateEvents({ name: "a", id: "x".repeat(limits.eventIdBytes) })).toHaveLength(1);
    expect(validateEvents({ name: "a", ts: limits.eventTsMin })).toHaveLength(1);
    expect(validateEvents({ name: "a", ts: limits.eventTsMax })).toHaveLength(1);
    expect(validateEvents({ name: "a", data: nested(limits.jsonDepth) })).toHaveLength(1);
    expect(
      validateEvents(Array.from({ length: limits.eventsPerRequest }, () => ({ name: "a" }))),
    ).toHaveLength(limits.eventsPerRequest);
    const frame = JSON.stringify({ name: "a", data: { text: "" } }).length;
    expect(validateEvents({ name: "a", data: { text: "x".repeat(limits.eventBytes - frame) } })).toHaveLength(
      1,
    );
  });
});

describe("an event that is not valid", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const doubled = Array.from({ length: 60 }).reduce<object>((inner) => ({ a: inner, b: inner }), {
    text: "x".repeat(100),
  });

  it.each<[unknown, string, string]>([
    [undefined, "invalid_event", "event:"],
    ["text", "invalid_event", "event:"],
    [{}, "invalid_event", "event.name:"],
    [{ name: "" }, "invalid_event", "event.name:"],
    [{ name: 7 }, "invalid_event", "event.name:"],
    [{ name: "é".repeat(257) }, "invalid_event", "event.name:"],
    [{ name: "inngest/function.finished" }, "reserved_event_name", "event.name:"],
    [{ name: "a\0b" }, "invalid_event", "event.name:"],
    [{ name: "a", id: "e\0" }, "invalid_event", "event.id:"],
    [{ name: "InNgEst/x" }, "reserved_event_name", "event.name:"],
    [{ name: "a", data: [] }, "invalid_event", "event.data:"],
    [{ name: "a", data: "x" }, "invalid_event", "event.data:"],
    [{ name: "a", data: new Date() }, "invalid_event", "event.data:"],
    [{ name: "a", data: new Map() }, "invalid_event", "event.data:"],
    [{ name: "a", data: { toJSON: () => 1 } }, "invalid_event", "event.data:"],
    [{ name: "a", user: 1 }, "invalid_event", "event.user:"],
    [{ name: "a", id: 7 }, "invalid_event", "event.id:"],
    [{ name: "a", id: "" }, "invalid_event", "event.id:"],
    [{ name: "a", id: "é".repeat(257) }, "invalid_event", "event.id:"],
    [{ name: "a", ts: "2024-01-01" }, "invalid_event", "event.ts:"],
    [{ name: "a", ts: 1.5 }, "invalid_event", "event.ts:"],
    [{ name: "a", ts: 0 }, "invalid_event", "event.ts:"],
    [{ name: "a", ts: limits.eventTsMax + 1 }, "invalid_event", "event.ts:"],
    [{ name: "a", v: 2 }, "invalid_event", "event.v:"],
    [{ name: "a", meta: [] }, "invalid_event", "event.meta:"],
    [{ name: "a", meta: { sessions: "x" } }, "invalid_event", "event.meta.sessions:"],
    [{ name: "a", meta: { sessions: { a: true } } }, "invalid_event", "event.meta.sessions.a:"],
    [{ name: "a", meta: { sessions: { a: "x".repeat(513) } } }, "invalid_event", "event.meta.sessions.a:"],
    [{ name: "a", meta: { sessions: { ["k".repeat(129)]: "x" } } }, "invalid_event", "event.meta.sessions:"],
    [
      { name: "a", meta: { sessions: { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 } } },
      "invalid_event",
      "event.meta.sessions:",
    ],
    [
      { name: "a", meta: { sessions: JSON.parse('{"__proto__":"x"}') } },
      "invalid_event",
      "event.meta.sessions:",
    ],
    [{ name: "a", data: nested(limits.jsonDepth + 1) }, "invalid_event", "event.data.a.a"],
    [{ name: "a", data: cyclic }, "invalid_event", "event.data.self"],
    [{ name: "a", data: doubled }, "event_too_large", "event.data"],
    [{ name: "a", data: { n: 1n } }, "invalid_event", "event.data"],
    [{ name: "a", data: { x: "y".repeat(limits.eventBytes) } }, "event_too_large", "event:"],
    [{ name: "a", data: { x: "é".repeat(limits.eventBytes / 2) } }, "event_too_large", "event:"],
    [{ name: "a", data: { x: "\u0000".repeat(limits.eventBytes / 6 + 1) } }, "event_too_large", "event:"],
    [{ name: "a", user: { x: "y".repeat(2e6) }, data: { x: "y".repeat(2e6) } }, "event_too_large", "event"],
  ])("%# is refused", (body, code, start) => {
    const error = errorOf(body);
    expect(error.code).toBe(code);
    expect(error.message.startsWith(start), error.message).toBe(true);
  });

  it.each([
    ['{"__proto__":{"admin":true}}', "data.__proto__:"],
    ['{"a":[{"b":{"__proto__":1}}]}', "data.a[0].b.__proto__:"],
    ['{"a":{"constructor":{"prototype":{"x":1}}}}', "data.a.constructor:"],
  ])("with the polluting keys of %s is refused", (data, path) => {
    expect(errorOf(JSON.parse(`{"name":"a","data":${data}}`)).message).toContain(`event.${path}`);
    expect(errorOf(JSON.parse(`{"name":"a","user":${data}}`)).code).toBe("invalid_event");
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it("spoils the whole request, which names it", () => {
    expect(errorOf([{ name: "a" }, { name: "b", ts: -1 }, { name: "c" }]).message).toContain("events[1].ts:");
    expect(errorOf([{ name: "a" }, null]).message).toContain("events[1]:");
    expect(errorOf([{ name: "a" }, { name: "inngest/x" }]).code).toBe("reserved_event_name");
  });

  it("is one too many", () => {
    const events = Array.from({ length: limits.eventsPerRequest + 1 }, () => ({ name: "a" }));
    expect(errorOf(events).code).toBe("invalid_event_batch");
  });
});

it("null sessions clear those that are handed on", () => {
  const meta = { sessions: null, propagated_sessions: { cart: "1" } };
  expect(validateEvents({ name: "a", meta })).toEqual([{ name: "a", data: {}, meta: {} }]);
  const many = Object.fromEntries(
    Array.from({ length: sessionLimits.propagatedPerEvent + 1 }, (_, i) => [`k${i}`, 1]),
  );
  expect(errorOf({ name: "a", meta: { propagated_sessions: many } }).message).toContain(
    "propagated_sessions",
  );
});
