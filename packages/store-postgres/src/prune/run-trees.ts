import { textArray } from "../connection/arrays.ts";
import type { Ask, SqlRow } from "../connection/pipeline.ts";

type IsDue = (status: string | null, endedAt: string | null) => boolean;

/** Finds trees of which every run is due. */
export class RunTrees {
  readonly #schema: string;
  readonly #ask: Ask;
  readonly #isDue: IsDue;

  constructor(schema: string, ask: Ask, isDue: IsDue) {
    this.#schema = schema;
    this.#ask = ask;
    this.#isDue = isDue;
  }

  /** The runs of trees whose roots are among these rows of id, time, status, end and parent; leaves before the rest. */
  async find(rows: SqlRow[]): Promise<string[]> {
    const trees = await this.#grow(await this.#roots(rows));
    return [...trees.values()].flatMap((tree) => tree.reverse());
  }

  async #roots(rows: SqlRow[]): Promise<string[]> {
    const due = rows.filter(([, , status = null, endedAt = null]) => this.#isDue(status, endedAt));
    const parents = new Set(due.flatMap(([, , , , parent = null]) => (parent === null ? [] : [parent])));
    const there = new Set<string>();
    if (parents.size > 0) {
      const text = `SELECT id FROM ${this.#schema}.runs WHERE id = ANY ($1::text[])`;
      const [answer] = await this.#ask([{ text, values: [textArray([...parents])] }]);
      for (const [id] of answer?.rows ?? []) there.add(String(id));
    }
    return due.flatMap(([id, , , , parent = null]) =>
      parent === null || !there.has(parent) ? [String(id)] : [],
    );
  }

  /** The ids of each tree, by its root, parents before their children. */
  async #grow(roots: string[]): Promise<Map<string, string[]>> {
    const trees = new Map(roots.map((root) => [root, [root]]));
    let rootOf = new Map(roots.map((root) => [root, root]));
    while (rootOf.size > 0) {
      const next = new Map<string, string>();
      for (const [id, parent, status = null, endedAt = null] of await this.#children([...rootOf.keys()])) {
        const root = rootOf.get(String(parent)) ?? "";
        if (!this.#isDue(status, endedAt)) trees.delete(root);
        trees.get(root)?.push(String(id));
        next.set(String(id), root);
      }
      for (const [id, root] of next) if (!trees.has(root)) next.delete(id);
      rootOf = next;
    }
    return trees;
  }

  async #children(parents: string[]): Promise<SqlRow[]> {
    const text = `SELECT id, parent_run_id, status, ended_at FROM ${this.#schema}.runs
      WHERE parent_run_id = ANY ($1::text[])`;
    const [answer] = await this.#ask([{ text, values: [textArray(parents)] }]);
    return answer?.rows ?? [];
  }
}
