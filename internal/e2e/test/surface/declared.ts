import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

type Conditions = string | { types?: Conditions; import?: Conditions; default?: Conditions };

/** A package as it is installed: its entries, and the names that each of them declares. */
export class InstalledPackage {
  readonly entries: readonly string[];
  readonly #root: string;
  readonly #exports: Record<string, Conditions>;

  constructor(name: string) {
    this.#root = rootOf(name);
    this.#exports = JSON.parse(readFileSync(join(this.#root, "package.json"), "utf8")).exports;
    this.entries = Object.keys(this.#exports);
  }

  /** All names an entry exports, types as well as values. */
  names(entry: string): Set<string> {
    return declaredNames(this.#read(entry, "types"));
  }

  /** The names of values alone. */
  values(entry: string): Set<string> {
    return declaredNames(this.#read(entry, "import"));
  }

  #read(entry: string, condition: "types" | "import"): string {
    const path = pick(this.#exports[entry], condition);
    if (path === undefined) throw new Error(`${entry} has no ${condition}`);
    return readFileSync(join(this.#root, path), "utf8");
  }
}

function rootOf(name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      const path = join(folder, name, "package.json");
      readFileSync(path);
      return dirname(path);
    } catch {
      // The next folder up.
    }
  }
  throw new Error(`${name} is not installed`);
}

function pick(conditions: Conditions | undefined, name: "types" | "import"): string | undefined {
  if (conditions === undefined || typeof conditions === "string") return conditions;
  return pick(
    conditions[name] ?? conditions.default ?? conditions.import,
    name === "types" ? "import" : name,
  );
}

const LIST = /^export (?:type )?\{([^}]*)\}/gm;
const NAMESPACE = /^export (?:type )?\* as (\w+) from/gm;
const DECLARATION =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:class|const|let|function|interface|type|enum|namespace) (\w+)/gm;

/** Every name a module exports by itself; what it hands on of a whole other package is not among them. */
function declaredNames(text: string): Set<string> {
  const names = new Set<string>();
  for (const [, list = ""] of text.matchAll(LIST)) {
    for (const item of list.split(",")) {
      const name = item
        .trim()
        .replace(/^type /, "")
        .split(" as ")
        .at(-1)
        ?.trim();
      if (name) names.add(name);
    }
  }
  for (const pattern of [NAMESPACE, DECLARATION])
    for (const [, name] of text.matchAll(pattern)) if (name) names.add(name);
  if (/^export default /m.test(text)) names.add("default");
  return names;
}
