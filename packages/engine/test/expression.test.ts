import { type EventPayload, type Json, StepfastError } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { compileExpression } from "../src/domain/expression/index.ts";

function eventWith(data: Record<string, Json>): EventPayload {
  return { name: "test/event", data, user: {}, id: "1", ts: 1_717_171_717_000 };
}

function evaluate(text: string, data: Record<string, Json> = {}): Json {
  return compileExpression(text).value({ event: eventWith(data) });
}

function errorOf(act: () => unknown): StepfastError {
  try {
    act();
  } catch (error) {
    if (StepfastError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("members", () => {
  const data = JSON.parse('{"a":{"b":1},"list":[1,2],"text":"abc","__proto__":{"own":1}}');

  it.each([
    ["event.data.a.b", 1],
    ['event.data["a"]["b"]', 1],
    ["event.data.a.b.c.d", null],
    ["event.data.list[1]", 2],
    ["event.data.list[2]", null],
    ["event.data.list[-1]", null],
    ["event.data.list[0.5]", null],
    ['event.data.list["0"]', null],
    ["event.data.text[0]", null],
    ["async.data.a", null],
    ["event.name", "test/event"],
  ])("%s is %j", (text, expected) => {
    expect(evaluate(text, data)).toEqual(expected);
  });

  it("never come from a prototype", () => {
    const names = [
      "constructor",
      "toString",
      "hasOwnProperty",
      "__defineGetter__",
      "valueOf",
      "length",
      "at",
    ];
    for (const name of names) {
      for (const holder of [
        "event",
        "event.data",
        "event.data.list",
        "event.data.text",
        "event.data.a.b",
        "async",
      ]) {
        expect(evaluate(`${holder}.${name}`, { a: { b: 1 }, list: [1], text: "x" })).toBeNull();
        expect(evaluate(`${holder}["${name}"]`, { a: { b: 1 }, list: [1], text: "x" })).toBeNull();
        expect(evaluate(`"${name}" in event.data`)).toBe(false);
      }
    }
    expect(evaluate('event.data["__proto__"]', {})).toBeNull();
    expect(evaluate('event.data["__proto__"].own', data)).toBe(1);
  });

  it("of a map made in the expression stay data", () => {
    expect(evaluate('{"__proto__": {"polluted": 1}}.polluted')).toBeNull();
    expect(evaluate('{"a": 1, "b": [2]}')).toEqual({ a: 1, b: [2] });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("equality", () => {
  it.each([
    ["1 == 1.0", true],
    ["0 == -0", true],
    ['1 == "1"', false],
    ["true == 1", false],
    ["null == false", false],
    ["null == 0", false],
    ["[1,[2]] == [1,[2]]", true],
    ["[1,2] == [2,1]", false],
    ['{"a":1,"b":2} == {"b":2,"a":1}', true],
    ['{"a":1} == {"a":1,"b":null}', false],
    ["[] == {}", false],
    ["1 != 2", true],
  ])("%s is %j", (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });
});

describe("order", () => {
  it.each([
    ["1 < 2", true],
    ["2 <= 2", true],
    ['"a" < "b"', true],
    ['"b" <= "a"', false],
    ['"10" > 9', false],
    ['"10" < 9', false],
    ["null < 1", false],
    ["null > 1", false],
    ["null <= null", false],
    ["true > false", false],
    ["[1] < [2]", false],
  ])("%s is %j", (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });
});

describe("arithmetic", () => {
  it.each([
    ["1 + 2 * 3", 7],
    ["-event.data.n", -5],
    ["event.data.n % 2", 1],
    ["7 / 2", 3.5],
    ["'a' + 1 + true", "a1true"],
    ["1 + 2 + 'a'", "3a"],
    ["'a' + null", "a"],
    ["null - 1", null],
    ["-null", null],
    ["0x10 + 1u", 17],
  ])("%s is %j", (text, expected) => {
    expect(evaluate(text, { n: 5 })).toEqual(expected);
  });

  it.each(["1 - 'a'", "true + 1", "[1] + 1", "'a' + [1]", "1 / 0", "1 % 0", "1e308 * 10", "-'a'", "{} + {}"])(
    "%s is an error that says what to do",
    (text) => {
      const error = errorOf(() => evaluate(text));
      expect(error.code).toBe("invalid_expression");
      expect(error.message).toContain(text);
    },
  );
});

describe("logic", () => {
  it.each([
    ["'' || 'b'", "b"],
    ["'a' && 'b'", "b"],
    ["0 && 'b'", 0],
    ["!0", true],
    ["!'a'", false],
    ["![]", false],
    ["null ? 1 : 2", 2],
    ["false && 1 / 0 == 1", false],
    ["true || 1 / 0 == 1", true],
    ["null || false || 3 || 1 / 0", 3],
    ["true ? 1 : 1 / 0", 1],
  ])("%s is %j", (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  it("tests by truthiness", () => {
    const event = eventWith({ text: "a", empty: "", list: [] });
    expect(compileExpression("event.data.text").test({ event })).toBe(true);
    expect(compileExpression("event.data.list").test({ event })).toBe(true);
    expect(compileExpression("event.data.empty").test({ event })).toBe(false);
    expect(compileExpression("event.data.missing").test({ event })).toBe(false);
    expect(compileExpression("event.data.text").test({})).toBe(false);
  });
});

describe("functions", () => {
  it.each([
    ["'hello'.contains('ell')", true],
    ["contains('hello', '')", true],
    ["'hello'.startsWith('he') && 'hello'.endsWith('lo')", true],
    ["'hello'.matches('l+')", true],
    ["'hello'.matches('^l+$')", false],
    ["size('h\\u00e9\\U0001F600')", 3],
    ["size([1,2]) + size({'a': 1})", 3],
    ["int(-7.9)", -7],
    ["int('42')", 42],
    ["uint('42')", 42],
    ["double('-1.5e3')", -1500],
    ["string(1.5) + string(true)", "1.5true"],
    ["bool('false')", false],
    ["uppercase('aé')", "AÉ"],
    ["'AÉ'.lowercase()", "aé"],
    ["b64decode('w6k=')", "é"],
    ['json_parse(\'{"a":[1,{"b":null}]}\').a[0]', 1],
    ["json_parse('\"[[[\"')", "[[["],
    ["2 in [1,2]", true],
    ["[1] in [[1]]", true],
    ["'a' in {'a': null}", true],
    ["1 in null", false],
    ["1 in {'1': 1}", false],
  ])("%s is %j", (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  it.each([
    "int('1.5')",
    "int('0x10')",
    "uint(-1)",
    "double('')",
    "double('NaN')",
    "double('Infinity')",
    "bool('yes')",
    "bool(1)",
    "string([1])",
    "size(1)",
    "1.contains('a')",
    "'a'.contains(1)",
    "1.matches('a')",
    "lowercase(1)",
    "b64decode('%')",
    "b64decode('_-8=')",
    "json_parse('{')",
    "'a' in 'abc'",
    "1.exists(x, true)",
    "{1: 2}",
  ])("%s is an error at run time", (text) => {
    expect(errorOf(() => evaluate(text)).code).toBe("invalid_expression");
  });
});

describe("macros", () => {
  const data = { list: [3, 1, 2], map: { b: 1, a: 2 }, nested: [[1], [2, 3]] };

  it.each([
    ["event.data.list.all(x, x > 0)", true],
    ["event.data.list.all(x, x > 1)", false],
    ["[].all(x, false)", true],
    ["event.data.list.exists(x, x == 2)", true],
    ["event.data.list.exists_one(x, x > 2)", true],
    ["event.data.list.exists_one(x, x > 1)", false],
    ["event.data.list.filter(x, x > 1)", [3, 2]],
    ["event.data.list.map(x, x * 2)", [6, 2, 4]],
    ["event.data.list.map(x, x > 1, x * 2)", [6, 4]],
    ["event.data.map.map(k, k)", ["b", "a"]],
    ["event.data.nested.all(l, l.exists(x, x < size(l) + 1))", true],
    ["event.data.nested.map(l, l.map(x, l.size() * 10 + x))", [[11], [22, 23]]],
    ["event.data.list.map(x, event.data.list.filter(x, x > 2).size() + x)", [4, 2, 3]],
    ["has(event.data.list) && !has(event.data.nothing.deeper)", true],
    ["has(event.data['list'])", true],
  ])("%s is %j", (text, expected) => {
    expect(evaluate(text, data)).toEqual(expected);
  });
});

describe("texts that cannot be read", () => {
  it.each([
    ["event.data.", 12],
    ["event.data.n = 5", 14],
    ["event.data.id == 'x", 18],
    ["(event.data.id", 15],
    ["foo.bar == 1", 1],
    ["event.data.n == bar", 17],
    ["1 == nope(2)", 6],
    ["event.data.s.matches('(')", 22],
    ["event.data.s.matches(event.data.p)", 22],
    ["event.data.list.all(event, true)", 1],
    ["has(event)", 1],
    ["b'bytes'", 1],
    ["cel.bind(x, 1, x)", 1],
    ["event.data.?x", 12],
    ["'a'.contains()", 1],
  ])("%s names character %i", (text, character) => {
    const error = errorOf(() => compileExpression(text));
    expect(error.code).toBe("invalid_expression");
    expect(error.message).toContain(`at character ${character},`);
  });

  it.each(["", "   ", "a".repeat(4_097), `1${"0".repeat(400)}`, "event.data.a.__proto__.b ++"])(
    "%.20s",
    (text) => {
      expect(errorOf(() => compileExpression(text)).code).toBe("invalid_expression");
    },
  );

  it("says that there is no clock", () => {
    expect(errorOf(() => compileExpression("now() > 1")).message).toContain("no clock");
  });
});

it("keeps compiled expressions, but not without end", async () => {
  const { cachedExpressions } = await import("../src/domain/expression/expression-cache.ts");
  const first = compileExpression("event.data.kept == 1");
  expect(compileExpression("event.data.kept == 1")).toBe(first);
  for (let i = 0; i < 12_000; i++) compileExpression(`event.data.n == ${i}`);
  expect(cachedExpressions()).toBeLessThanOrEqual(10_000);
  expect(compileExpression("event.data.kept == 1")).not.toBe(first);
});
