import { posix } from "node:path";
import { importsOf, isRelative, packageOf } from "../imports.ts";
import type { Finding, Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";

/** Which packages of the house each package's source may import (ARCHITECTURE.md). */
const allowed: Record<string, readonly string[]> = {
  "packages/protocol": [],
  "packages/sdk": ["@stepfast/protocol"],
  "packages/store": ["@stepfast/protocol"],
  "packages/store-sqlite": ["@stepfast/protocol", "@stepfast/store"],
  "packages/engine": ["@stepfast/protocol", "@stepfast/store"],
  "packages/server": ["@stepfast/protocol", "@stepfast/store", "@stepfast/engine"],
  "packages/client": ["@stepfast/protocol"],
  "packages/cli": [
    "@stepfast/protocol",
    "@stepfast/store",
    "@stepfast/engine",
    "@stepfast/server",
    "@stepfast/client",
  ],
};

const DRIVERS = /^@stepfast\/store-(?!testkit)/;
const COMPOSE = "packages/server/src/compose.ts";

function isHouse(name: string): boolean {
  return name === "stepfast" || name === "stepfast-cli" || name.startsWith("@stepfast");
}

/** Imports between packages go one way, by package name. */
export const importBorders: Rule = {
  name: "import-borders",
  check: (files) =>
    files
      .filter((file) => file.isTypeScript && file.workspace !== "")
      .flatMap((file) => [...refusedImports(file)]),
};

function* refusedImports(file: SourceFile): Generator<Finding> {
  for (const { specifier, line } of importsOf(file)) {
    const problem = isRelative(specifier) ? refusedPath(file, specifier) : refusedPackage(file, specifier);
    if (problem !== undefined) yield { path: file.path, line, message: `imports "${specifier}": ${problem}` };
  }
}

function refusedPath(file: SourceFile, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(file.path), specifier);
  if (!target.startsWith(`${file.workspace}/`)) return "import another package by its name";
  return /\.(ts|tsx|json|sql)$/.test(specifier) ? undefined : "relative imports end in .ts";
}

function refusedPackage(file: SourceFile, specifier: string): string | undefined {
  const name = packageOf(specifier);
  const isSource = file.path.startsWith(`${file.workspace}/src/`);
  if (!isSource) return undefined;
  if (specifier.startsWith("node:")) return refusedNode(file);
  const reachable = allowed[file.workspace];
  if (reachable === undefined || !isHouse(name)) return undefined;
  if (DRIVERS.test(name) && file.workspace === "packages/server") {
    return file.path === COMPOSE ? undefined : `only ${COMPOSE} names a driver`;
  }
  return reachable.includes(name)
    ? undefined
    : `${file.workspace} may import ${reachable.join(", ") || "no other package"}`;
}

function refusedNode(file: SourceFile): string | undefined {
  if (file.workspace === "packages/protocol") return "the protocol runs on every runtime";
  const knowsNode = /^packages\/sdk\/src\/(?:adapters|connect)\//.test(file.path);
  if (file.workspace === "packages/sdk" && !knowsNode)
    return "the SDK runs on every runtime, only src/adapters and src/connect know Node";
  return undefined;
}
