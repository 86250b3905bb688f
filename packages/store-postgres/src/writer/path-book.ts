import { columns } from "../columns.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Layout } from "../profile.ts";
import type { Book } from "./book.ts";
import { idStatements, rowStatements } from "./row-statements.ts";

/** Paths that are registered are never taken back: those once seen need no second look. */
const MAX_KNOWN = 10_000;

interface WaitPath {
  name: string;
  path: string;
}

const waitPathColumns = columns<WaitPath>({ name: "text", path: "text" });

/** Paths that a store knows to be registered. */
export class KnownPaths {
  readonly #known = new Set<string>();

  has(name: string, path: string): boolean {
    return this.#known.has(JSON.stringify([name, path]));
  }

  add(name: string, path: string): void {
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.add(JSON.stringify([name, path]));
  }
}

/** The paths of waits that a batch counts or registers. */
export class PathBook implements Book {
  readonly #wanted = new Set<string>();
  readonly #paths = new Map<string, Set<string>>();
  readonly #fresh: WaitPath[] = [];

  want(name: string): void {
    this.#wanted.add(name);
  }

  reads(layout: Layout): Query[] {
    const text = (is: string) => `SELECT name, path FROM ${layout.schema}.wait_paths WHERE name ${is}`;
    const take: Query["take"] = ({ rows }) => {
      for (const [name, path] of rows) this.#of(String(name)).add(String(path));
    };
    return idStatements(layout, this.#wanted, text).map((statement) => ({ ...statement, take }));
  }

  count(name: string): number {
    return this.#of(name).size;
  }

  register(name: string, path: string): void {
    if (this.#of(name).has(path)) return;
    this.#of(name).add(path);
    this.#fresh.push({ name, path });
  }

  #of(name: string): Set<string> {
    let paths = this.#paths.get(name);
    if (paths === undefined) {
      paths = new Set();
      this.#paths.set(name, paths);
    }
    return paths;
  }

  writes(layout: Layout): Statement[] {
    const into = `INSERT INTO ${layout.schema}.wait_paths (name, path)`;
    return rowStatements(
      layout,
      waitPathColumns,
      this.#fresh,
      ({ rows }) => `${into} ${rows} ON CONFLICT DO NOTHING`,
    );
  }

  /** Once they are durable. */
  publish(known: KnownPaths): void {
    for (const [name, paths] of this.#paths) for (const path of paths) known.add(name, path);
  }
}
