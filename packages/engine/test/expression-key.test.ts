import { type EventPayload, type Json, type JsonObject, sha1Hex } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { compileExpression, constantKey, keyAt, keyOf, waitKey } from "../src/domain/expression/index.ts";
import { type Dice, dice, seeds } from "./expression-dice.ts";

function eventWith(data: JsonObject, name = "test/event"): EventPayload {
  return { name, data, user: {}, id: "1", ts: 1 };
}

const trigger = eventWith({
  id: "7",
  n: 7,
  flag: true,
  empty: "",
  nothing: null,
  map: { a: 1 },
  "odd name": "x",
});

describe("waitKey", () => {
  it.each<[string, { path: string; value: Json } | null]>([
    ["event.data.id == async.data.id", { path: "data.id", value: "7" }],
    ["async.data.id == event.data.id", { path: "data.id", value: "7" }],
    ["async.data.total > 5 && async.data.id == event.data.id", { path: "data.id", value: "7" }],
    ["(async.data.a == 1 && async.data.b == 2) && async.data.c", { path: "data.a", value: 1 }],
    ['async.data["odd name"] == event.data["odd name"]', { path: 'data["odd name"]', value: "x" }],
    ['async["data"]["id"] == event.data.id', { path: "data.id", value: "7" }],
    ['async.data["a\\"].b"] == 1', { path: 'data["a\\"].b"]', value: 1 }],
    ["async.name == 'x'", { path: "name", value: "x" }],
    ["async.data.n == event.data.n + 1", { path: "data.n", value: 8 }],
    ["async.data.n == event.data.missing + 'a'", { path: "data.n", value: "a" }],
    ["async.data.flag == event.data.flag", { path: "data.flag", value: true }],
    ["async.data.empty == event.data.empty", { path: "data.empty", value: "" }],
    ["async.data.n == ['x'].map(y, y + event.data.id)[0]", { path: "data.n", value: "x7" }],
    ["async.data.a == event.data.nothing && async.data.b == event.data.id", { path: "data.b", value: "7" }],
    ["async.data.a == event.data.n - event.data.id && async.data.b == 1", { path: "data.b", value: 1 }],
    ["async.data.id == event.data.missing", null],
    ["async.data.id == event.data.map", null],
    ["async.data.id == async.data.other", null],
    ["async.data.id == event.data.id + async.data.x", null],
    ["async.data.id == event.data.id || async.data.x", null],
    ["!(async.data.id == event.data.id)", null],
    ["async.data.id != event.data.id", null],
    ["async.data.list[0] == event.data.id", null],
    ["async.data[event.data.id] == 1", null],
    ["async == event", null],
    ["event.data.id == '7'", null],
    ["true ? async.data.id == event.data.id : true", null],
    [`async.data.${"a".repeat(300)} == 1`, null],
  ])("%s", (text, expected) => {
    expect(waitKey(compileExpression(text), trigger)).toEqual(expected);
  });
});

describe("constantKey", () => {
  it.each<[string, { path: string; value: Json } | null]>([
    ["event.data.function_id == 'app-fn'", { path: "data.function_id", value: "app-fn" }],
    ["'app-fn' == event.data.function_id", { path: "data.function_id", value: "app-fn" }],
    ["event.data._inngest.fn_slug == 'app-fn'", { path: "data._inngest.fn_slug", value: "app-fn" }],
    ["event.data.x > 1 && event.data.n == 2 * 3", { path: "data.n", value: 6 }],
    ["event.data.a == event.data.b", null],
    ["event.data.a == async.data.b", null],
    ["event.data.a == 'x' || event.data.b", null],
  ])("%s", (text, expected) => {
    expect(constantKey(compileExpression(text))).toEqual(expected);
  });
});

describe("keys", () => {
  it("have one text for one value", () => {
    expect(keyOf("data.id", "7")).toBe('data.id="7"');
    expect(keyOf("data.id", 7)).toBe("data.id=7");
    expect(keyOf("data.id", 7.0)).toBe(keyOf("data.id", 7));
    expect(keyOf("data.id", -0)).toBe(keyOf("data.id", 0));
    expect(keyOf("data.id", true)).toBe("data.id=true");
    expect(keyOf("data.id", "true")).not.toBe(keyOf("data.id", true));
  });

  it("hash long values", () => {
    const long = "x".repeat(1_000);
    expect(keyOf("data.id", long)).toBe(`data.id=#${sha1Hex(JSON.stringify(long))}`);
    expect(keyOf("data.id", "x".repeat(198))).toHaveLength(208);
    expect(keyOf("data.id", `${long}y`)).not.toBe(keyOf("data.id", long));
  });

  it("are read from events", () => {
    expect(keyAt("data.id", trigger)).toBe('data.id="7"');
    expect(keyAt('data["odd name"]', trigger)).toBe('data["odd name"]="x"');
    expect(keyAt("data.map.a", trigger)).toBe("data.map.a=1");
    expect(keyAt("data.map", trigger)).toBeNull();
    expect(keyAt("data.nothing", trigger)).toBeNull();
    expect(keyAt("data.missing.deeper", trigger)).toBeNull();
    expect(keyAt("data.constructor", trigger)).toBeNull();
    expect(keyAt("data.id.length", trigger)).toBeNull();
  });
});

const names = ["a", "b", 'q"] .0'];
const common: Json[] = [7, "7", true, 0];
const scalars: Json[] = [...common, -0, 7.5, "", "true", false, null, "é\ud800", "x".repeat(250)];

function randomValue(roll: Dice, depth = 2): Json {
  if (depth === 0 || roll.chance(0.8)) return roll.pick(roll.chance(0.6) ? common : scalars);
  if (roll.chance(0.3)) return roll.list(3, () => randomValue(roll, depth - 1));
  return randomData(roll, depth - 1);
}

function randomData(roll: Dice, depth = 2): JsonObject {
  return Object.fromEntries(
    names.filter(() => roll.chance(0.9)).map((name) => [name, randomValue(roll, depth)]),
  );
}

function access(roll: Dice, root: string): string {
  let text = `${root}.data`;
  do {
    const name = roll.pick(names);
    text += /^[a-z]+$/.test(name) && roll.chance(0.7) ? `.${name}` : `[${JSON.stringify(name)}]`;
  } while (roll.chance(0.15));
  return text;
}

function operand(roll: Dice): string {
  const literal = roll.pick(["7", "7.0", "'7'", "true", "0", "-0.0", "null", "[1]"]);
  const choices = [
    access(roll, "async"),
    access(roll, "event"),
    literal,
    `${access(roll, "event")} + ${literal}`,
  ];
  return roll.pick(choices);
}

function condition(roll: Dice, depth = 3): string {
  if (depth === 0 || roll.chance(0.4))
    return `${operand(roll)} ${roll.pick(["==", "==", "==", "!=", "<"])} ${operand(roll)}`;
  const [left, right] = [condition(roll, depth - 1), condition(roll, depth - 1)];
  return roll.pick([`(${left} && ${right})`, `${left} && ${right}`, `(${left} || ${right})`, `!(${left})`]);
}

/** Half the time the event that waits, so that equalities come true. */
function incomingFor(roll: Dice, waiting: EventPayload): EventPayload {
  return roll.chance(0.5) ? waiting : eventWith(randomData(roll));
}

function testOrFalse(text: string, vars: { event: EventPayload; async: EventPayload }): boolean {
  try {
    return compileExpression(text).test(vars);
  } catch {
    return false;
  }
}

it.each(seeds(4))("an event that matches always has the key of the wait (seed %i)", (seed) => {
  const roll = dice(seed);
  let checked = 0;
  for (let i = 0; i < 20_000; i++) {
    const text = condition(roll);
    const event = eventWith(randomData(roll));
    const key = waitKey(compileExpression(text), event);
    if (key === null) continue;
    for (let j = 0; j < 10; j++) {
      const async = incomingFor(roll, event);
      if (!testOrFalse(text, { event, async })) continue;
      checked++;
      expect(keyAt(key.path, async), `${text}\n${JSON.stringify({ event, async })}`).toBe(
        keyOf(key.path, key.value),
      );
    }
  }
  expect(checked).toBeGreaterThan(500);
});

it.each(seeds(2))("an event that triggers always has the constant key (seed %i)", (seed) => {
  const roll = dice(seed);
  let checked = 0;
  for (let i = 0; i < 30_000; i++) {
    const text = condition(roll);
    const key = constantKey(compileExpression(text));
    if (key === null) continue;
    for (let j = 0; j < 10; j++) {
      const event = eventWith(randomData(roll));
      if (!testOrFalse(text, { event, async: event })) continue;
      checked++;
      expect(keyAt(key.path, event), `${text}\n${JSON.stringify(event)}`).toBe(keyOf(key.path, key.value));
    }
  }
  expect(checked).toBeGreaterThan(200);
});
