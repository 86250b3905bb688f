import { describe, expect, it } from "vitest";
import { rules } from "../src/rules/index.ts";
import { SourceFile } from "../src/source-file.ts";

/** What a rule says of a repository of these files. */
function findings(name: string, files: Record<string, string>): string[] {
  const rule = rules.find((one) => one.name === name);
  if (rule === undefined) throw new Error(`there is no rule "${name}"`);
  const sources = Object.entries(files).map(([path, text]) => new SourceFile(path, text));
  return rule.check(sources).map((finding) => `${finding.path}:${finding.line}`);
}

function sourceFindings(rule: string, path: string, text: string): string[] {
  return findings(rule, { [path]: text });
}

describe("import-borders", () => {
  it.each([
    ["packages/protocol/src/a.ts", 'import { z } from "zod";'],
    ["packages/sdk/src/a.ts", 'import { limits } from "@stepfast/protocol";'],
    ["packages/sdk/src/adapters/node.ts", 'import { createServer } from "node:http";'],
    ["packages/engine/src/a.ts", 'import type { Store } from "@stepfast/store";'],
    ["packages/server/src/compose.ts", 'import { SqliteStore } from "@stepfast/store-sqlite";'],
    ["packages/server/src/a.ts", 'export * from "./b.ts";'],
    ["packages/server/test/a.test.ts", 'import { Inngest } from "stepfast";'],
    ["packages/cli/src/a.ts", 'import { embed } from "@stepfast/server";'],
    ["internal/e2e/src/a.ts", 'import { Inngest } from "stepfast";'],
    ["packages/store/src/a.ts", "const text = \"import a from '@stepfast/engine'\";"],
    ["packages/store/src/a.ts", '// import { Engine } from "@stepfast/engine";'],
  ])("allows %s: %s", (path, text) => {
    expect(sourceFindings("import-borders", path, text)).toEqual([]);
  });

  it.each([
    ["packages/protocol/src/a.ts", 'import { Store } from "@stepfast/store";'],
    ["packages/protocol/src/a.ts", 'import { createHash } from "node:crypto";'],
    ["packages/store/src/a.ts", 'import type { Engine } from "@stepfast/engine";'],
    ["packages/sdk/src/a.ts", 'import { Store } from "@stepfast/store";'],
    ["packages/sdk/src/client/a.ts", 'import { hostname } from "node:os";'],
    ["packages/engine/src/a.ts", 'import { createServer } from "@stepfast/server";'],
    ["packages/engine/src/a.ts", 'import { testStore } from "@stepfast-internal/store-testkit";'],
    ["packages/server/src/embed.ts", 'import { Inngest } from "stepfast";'],
    ["packages/server/src/embed.ts", 'import { Inngest } from "stepfast/express";'],
    ["packages/server/src/embed.ts", 'import { SqliteStore } from "@stepfast/store-sqlite";'],
    ["packages/cli/src/a.ts", 'import { SqliteStore } from "@stepfast/store-sqlite";'],
    ["packages/server/src/a.ts", 'const driver = await import("@stepfast/store-sqlite");'],
    ["packages/server/src/a.ts", 'import "@stepfast/store-sqlite";'],
    ["packages/server/src/a.ts", 'import { x } from "../../engine/src/engine.ts";'],
    ["packages/server/test/a.test.ts", 'import { x } from "../../engine/src/engine.ts";'],
    ["packages/server/src/a.ts", 'import { x } from "./b";'],
    ["packages/server/src/a.ts", 'import { x } from "./b.js";'],
    ["packages/server/src/a.ts", 'export {\n  x,\n  y,\n} from "stepfast";'],
  ])("refuses %s: %s", (path, text) => {
    expect(sourceFindings("import-borders", path, text)).toEqual([`${path}:1`]);
  });
});

describe("pure-domain", () => {
  const path = "packages/engine/src/domain/run/next.ts";

  it.each([
    'import { limits } from "@stepfast/protocol";',
    'import type { RunRow } from "@stepfast/store";',
    'import { type RunRow } from "@stepfast/store";',
    'import { draft } from "../draft.ts";',
    'import { RE2JS } from "@bufbuild/re2";',
    "const at = new Date(nowMs);",
    'const text = "Math.random() and await";',
    "// no Promise here, and no Date.now()",
    "interface Vars { async?: string; readonly async: string }",
    "const x = vars.async && isKnown(frame.async);",
  ])("allows %s", (text) => {
    expect(sourceFindings("pure-domain", path, text)).toEqual([]);
  });

  it.each([
    'import { emptyRun } from "@stepfast/store";',
    'import { readFileSync } from "node:fs";',
    'import { Registry } from "../../services/registry.ts";',
    "const now = Date.now();",
    "const now = new Date();",
    "const now = performance.now();",
    "const id = Math.random();",
    "async function load() {}",
    "const load = async () => 1;",
    "class A { async load() {} }",
    "type Later = Promise<number>;",
    "setTimeout(run, 1);",
    "const home = process.env.HOME;",
    "const text = `$" + "{Date.now()}`;",
  ])("refuses %s", (text) => {
    expect(sourceFindings("pure-domain", path, text)).toEqual([`${path}:1`]);
  });

  it("leaves the rest of the engine alone", () => {
    expect(
      sourceFindings("pure-domain", "packages/engine/src/services/a.ts", "await Promise.all([]);"),
    ).toEqual([]);
  });
});

it("declared-imports wants every import in the manifest", () => {
  const files = {
    "packages/sdk/package.json":
      '{"name":"stepfast","dependencies":{"a":"1"},"peerDependencies":{"b":"1"},"devDependencies":{"c":"1"}}',
    "packages/sdk/src/x.ts":
      'import "a";\nimport b from "b/sub";\nimport c from "c";\nimport d from "d";\nimport fs from "node:fs";\nimport "./y.ts";',
    "packages/sdk/test/x.test.ts": 'import d from "d";',
    "internal/e2e/package.json": '{"name":"@stepfast-internal/e2e","devDependencies":{"c":"1"}}',
    "internal/e2e/src/x.ts": 'import c from "c";',
  };
  expect(findings("declared-imports", files)).toEqual(["packages/sdk/src/x.ts:3", "packages/sdk/src/x.ts:4"]);
});

it("file-names refuses names that say nothing", () => {
  const files = Object.fromEntries(
    [
      "a/utils.ts",
      "a/test-helpers.ts",
      "a/common/x.ts",
      "a/misc.md",
      "a/community.ts",
      "a/utilization.ts",
    ].map((path) => [path, ""]),
  );
  expect(findings("file-names", files)).toEqual([
    "a/utils.ts:1",
    "a/test-helpers.ts:1",
    "a/common/x.ts:1",
    "a/misc.md:1",
  ]);
});

it("open-ends refuses what is left for later", () => {
  expect(sourceFindings("open-ends", "a.ts", "x;\n// TODO: later\ny; // FIXME\nconst todo = 1;")).toEqual([
    "a.ts:2",
    "a.ts:3",
  ]);
});

describe("unrun-tests", () => {
  it.each([
    'it.skip("a", f);',
    'describe.only("a", f);',
    'it.todo("a");',
    'test.concurrent.skip("a", f);',
    "it.runIf(x)();",
    'xit("a", f);',
  ])("refuses %s", (text) =>
    expect(sourceFindings("unrun-tests", "packages/a/test/a.test.ts", text)).toHaveLength(1),
  );

  it.each(['it("a", f);', 'it.each([1])("a", f);', 'it("says it.skip(x)", f);', "rows.skip(1);", "exit(1);"])(
    "allows %s",
    (text) => {
      expect(sourceFindings("unrun-tests", "packages/a/test/a.test.ts", text)).toEqual([]);
    },
  );
});

describe("sleeping-tests", () => {
  const path = "packages/a/test/a.test.ts";

  it.each([
    "setTimeout(f, 10);",
    "await new Promise((done) => setTimeout(done, 10));",
    "await sleep(10);",
    "await delay(10);",
    'import { setTimeout as wait } from "node:timers/promises";',
    "// tidy: allow\nsetInterval(f, 1);",
  ])("refuses %s", (text) => {
    expect(sourceFindings("sleeping-tests", path, text).length).toBeGreaterThan(0);
  });

  it.each([
    'await step.sleep("a", "1h");',
    'const ops = [sleep("a", "1h")];',
    "// setTimeout(f, 10)",
    "// tidy: allow a guard that fails the test when the process hangs\nsetTimeout(f, 60_000);",
    "setTimeout(f, 60_000); // tidy: allow a guard that fails the test when the process hangs",
  ])("allows %s", (text) => {
    expect(sourceFindings("sleeping-tests", path, text)).toEqual([]);
  });

  it("leaves sources alone", () => {
    expect(sourceFindings("sleeping-tests", "packages/a/src/a.ts", "setTimeout(f, 10);")).toEqual([]);
  });
});

describe("lengths", () => {
  const lines = (count: number) => "  x();\n".repeat(count);

  it("of files", () => {
    expect(sourceFindings("file-length", "a.ts", "x;\n".repeat(400))).toEqual([]);
    expect(sourceFindings("file-length", "a.ts", "x;\n".repeat(401))).toEqual(["a.ts:1"]);
    expect(sourceFindings("file-length", "a.ts", `// Generated from b\n${"x;\n".repeat(500)}`)).toEqual([]);
    expect(sourceFindings("file-length", "a.md", "x\n".repeat(1_000))).toEqual([]);
  });

  it.each([
    ["function f(a: number): void {", "}"],
    ["const f = (a: number) => {", "};"],
    ["export async function* f<T extends { a: 1 }>(a: T): AsyncGenerator<T> {", "}"],
    ["class A { async f(a = g(1)): Promise<void> {", "} }"],
    ['it("is", async () => {', "});"],
    ["const f = function () {", "};"],
  ])("of functions: %s", (head, tail) => {
    expect(sourceFindings("function-length", "a.ts", `${head}\n${lines(78)}${tail}\n`)).toEqual([]);
    expect(sourceFindings("function-length", "a.ts", `${head}\n${lines(79)}${tail}\n`)).toEqual(["a.ts:1"]);
  });

  it.each([
    ["class A {", "}"],
    ["const a = {", "};"],
    ["interface A {", "}"],
    ["if (f(1)) {", "}"],
    ["switch (a) {", "}"],
  ])("not of other blocks: %s", (head, tail) => {
    expect(sourceFindings("function-length", "a.ts", `${head}\n${lines(200)}${tail}\n`)).toEqual([]);
  });

  it.each(['describe("a", () => {', "export function suite() {"])("not of lists of tests: %s", (head) => {
    const list = `${head}\n${'  it("a", f);\n'.repeat(100)}}`;
    expect(sourceFindings("function-length", "packages/a/test/a.ts", list)).toEqual([]);
    expect(sourceFindings("function-length", "packages/a/src/a.ts", list)).toHaveLength(1);
  });

  it("is not led astray by braces in texts, comments, patterns and templates", () => {
    const tricky =
      "const a = '{'; // {\n/* { */ const b = /[/{]{2}\\//; const c = `{#{[{ d: `#{1}{` }].length}{`;\n".replaceAll(
        "#",
        "$",
      );
    expect(sourceFindings("function-length", "a.ts", `function f() {\n${tricky}}\n${lines(100)}`)).toEqual(
      [],
    );
  });
});

it("error-pages pairs codes with pages", () => {
  const files = {
    "packages/protocol/src/error.ts":
      'export type ErrorCode =\n  | "a_b"\n  | "c"\n  | "d";\nconst x = { "other": 1 };',
    "docs/errors/a_b.md": "",
    "docs/errors/old.md": "",
    "docs/errors/d.md": "",
  };
  expect(findings("error-pages", files)).toEqual([
    "packages/protocol/src/error.ts:3",
    "docs/errors/old.md:1",
  ]);
});

it("links lead somewhere", () => {
  const files = {
    "README.md": [
      "[a](docs/a.md) [b](docs/missing.md)",
      "[c](docs/a.md#two-words-and-code) [d](docs/a.md#nothing)",
      "[e](https://example.com/x) [f](#top) `[g](nowhere.md)` [h](docs/)",
      "```md\n[i](nowhere.md)\n```",
      "# Top",
      "[ref]: docs/gone.md",
    ].join("\n"),
    "docs/a.md": "## Two words, and `code`\n[up](../README.md) [deep](./deep/x.md)",
  };
  expect(findings("links", files)).toEqual(["README.md:1", "README.md:2", "README.md:8", "docs/a.md:2"]);
});

describe("foreign-words", () => {
  it.each([
    "https://registry.npmjs.org/zod",
    "registry.yarnpkg.com",
    "see /home/ada/notes",
    'cd "/work/main"',
    "cat /tmp/brief.md",
    "written by Claude",
  ])("refuses %s", (text) => {
    expect(sourceFindings("foreign-words", "a.md", `fine\n${text}`)).toEqual(["a.md:2"]);
  });

  it.each([
    "https://example.com/home/x",
    "a session of a node",
    "import x from './work/x.ts'",
    "packages/work/home",
    "the registry of functions",
  ])("allows %s", (text) => expect(sourceFindings("foreign-words", "a.md", text)).toEqual([]));
});
