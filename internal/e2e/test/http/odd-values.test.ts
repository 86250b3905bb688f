import { join } from "node:path";
import { embed } from "@stepfast/server";
import { Inngest } from "stepfast";
import { afterAll, expect, test } from "vitest";
import { until } from "./patience.ts";
import { quiet } from "./quiet.ts";
import { CleanUps, temporaryFolder } from "./world.ts";

/* What code may throw and return that is no error and no JSON: each run ends, whatever it was. */

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;
const cyclicCause = new Error("round");
cyclicCause.cause = cyclicCause;

function throwing(key: string, base: object = new Error("first")): object {
  return Object.defineProperty(base, key, {
    get() {
      throw new Error(`${key} cannot be read`);
    },
    enumerable: true,
  });
}

function hostile(): object {
  const refuse = () => {
    throw new Error("hands off");
  };
  return new Proxy({}, { get: refuse, ownKeys: refuse, has: refuse, getPrototypeOf: refuse });
}

function deep(): unknown {
  let value: unknown = 1;
  for (let i = 0; i < 20_000; i++) value = [value];
  return value;
}

const thrown: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  "a text": () => "oh",
  "an empty text": () => "",
  "a symbol": () => Symbol("s"),
  "a BigInt": () => 10n,
  "a function": () => () => 1,
  "an object without prototype": () => Object.create(null),
  "a circle": () => cyclic,
  "an error that is its own cause": () => cyclicCause,
  "an error whose message cannot be read": () => throwing("message"),
  "an error whose stack cannot be read": () => throwing("stack"),
  "an error whose cause cannot be read": () => throwing("cause"),
  "an error whose name cannot be read": () => throwing("name"),
  "an error whose code cannot be read": () => throwing("code"),
  "what cannot be looked at": hostile,
  "an object that cannot be a text": () => ({
    toString() {
      throw new Error("no text");
    },
    toJSON() {
      throw new Error("no JSON");
    },
  }),
  "an error with an odd message": () => Object.assign(new Error("x"), { message: 5n }),
  "an error with zeros and halves": () => new Error("a\0b\ud800c"),
  "an error with a long message": () => new Error("x".repeat(3_000_000)),
};

const returned: Record<string, () => unknown> = {
  undefined: () => undefined,
  "a BigInt": () => 10n,
  "a BigInt inside": () => ({ id: 10n }),
  "a circle": () => cyclic,
  "a symbol": () => Symbol("s"),
  "a function": () => () => 1,
  "not a number": () => Number.NaN,
  "minus zero": () => -0,
  "a map": () => new Map([[1, 2]]),
  "a date that is none": () => new Date("never"),
  "something deep": deep,
  "what cannot be read": () => throwing("a", {}),
  "what cannot be looked at": hostile,
  "JSON that says undefined": () => ({ toJSON: () => undefined }),
  "JSON that throws": () => ({
    toJSON() {
      throw new Error("no JSON");
    },
  }),
  "a prototype": () => JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{}}}'),
  "zeros and halves": () => ({ "a\0": "b\0\ud800" }),
  "a thenable that throws": () => ({
    // biome-ignore lint/suspicious/noThenProperty: that is what is tried.
    then() {
      throw new Error("no then");
    },
  }),
};

interface Case {
  kind: "throw" | "return";
  name: string;
}

const cases: Case[] = [
  ...Object.keys(thrown).map((name): Case => ({ kind: "throw", name })),
  ...Object.keys(returned).map((name): Case => ({ kind: "return", name })),
];

function make({ kind, name }: Case): unknown {
  if (kind === "return") return returned[name]?.();
  throw thrown[name]?.();
}

const cleanUps = new CleanUps();
afterAll(() => cleanUps.run());

const client = new Inngest({ id: "shop", logger: quiet });
const functions = [
  client.createFunction({ id: "step", triggers: { event: "step" }, retries: 0 }, ({ event, step }) =>
    step.run("odd", () => make(event.data as Case)),
  ),
  client.createFunction({ id: "body", triggers: { event: "body" }, retries: 0 }, ({ event }) =>
    make(event.data as Case),
  ),
  client.createFunction(
    { id: "later", triggers: { event: "later" }, retries: 0 },
    async ({ event, step }) => {
      await step.sleep("a moment", "1ms");
      const odd = step.run("odd", () => make(event.data as Case));
      const all = await Promise.allSettled([odd, step.run("even", () => 2)]);
      return all.map(({ status }) => status);
    },
  ),
];

async function endsOf(place: string, all: Case[]): Promise<Record<string, string>> {
  const db = join(temporaryFolder(cleanUps), "main.db");
  const app = await embed({ client, functions, db, port: 0, log: quiet });
  cleanUps.add(() => app.close({ drainMs: 0 }));
  const { ids } = await client.send(all.map((data) => ({ name: place, data })));
  const ends: Record<string, string> = {};
  for (const [index, { kind, name }] of all.entries()) {
    const runs = () => app.store.listRuns({ eventId: ids[index] ?? "" });
    const [run] = await until(`the end of: ${kind} ${name}`, runs, ([found]) => Boolean(found?.endedAt));
    ends[`${kind} ${name}`] = run?.status ?? "none";
  }
  return ends;
}

const expected = (status: Record<Case["kind"], unknown>) =>
  Object.fromEntries(cases.map(({ kind, name }) => [`${kind} ${name}`, status[kind]]));

test.each(["step", "body"])("whatever a %s throws or returns, the run ends", async (place) => {
  const ends = await endsOf(place, cases);
  expect(ends).toEqual(expected({ throw: "failed", return: expect.stringMatching(/^(completed|failed)$/) }));
});

test("a step beside others, after a sleep, is caught by the function whatever it throws", async () => {
  expect(await endsOf("later", cases)).toEqual(expected({ throw: "completed", return: "completed" }));
});
