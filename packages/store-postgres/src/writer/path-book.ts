import { textArray } from "../connection/arrays.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Book } from "./book.ts";

/** Paths that are registered are never taken back: those once seen need no second look. */
const MAX_KNOWN = 10_000;

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
  readonly #fresh: { name: string; path: string }[] = [];

  want(name: string): void {
    this.#wanted.add(name);
  }

  reads(schema: string): Query[] {
    if (this.#wanted.size === 0) return [];
    const text = `SELECT name, path FROM ${schema}.wait_paths WHERE name = ANY ($1::text[])`;
    const take: Query["take"] = ({ rows }) => {
      for (const [name, path] of rows) this.#of(String(name)).add(String(path));
    };
    return [{ text, values: [textArray([...this.#wanted])], take }];
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

  writes(schema: string): Statement[] {
    if (this.#fresh.length === 0) return [];
    const text = `INSERT INTO ${schema}.wait_paths (name, path) SELECT * FROM unnest($1::text[], $2::text[])
      ON CONFLICT DO NOTHING`;
    const names = textArray(this.#fresh.map(({ name }) => name));
    return [{ text, values: [names, textArray(this.#fresh.map(({ path }) => path))] }];
  }

  /** Once they are durable. */
  publish(known: KnownPaths): void {
    for (const [name, paths] of this.#paths) for (const path of paths) known.add(name, path);
  }
}
