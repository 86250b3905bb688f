import type { ChangeSet, CommitResult, Store } from "@stepfast/store";
import { SharedMemoryStore } from "@stepfast/store/memory";
import { type Books, disagreements } from "./books.ts";

/** The store in memory, whose books are compared after every commit. */
export class FlowStore extends SharedMemoryStore {
  readonly problems: string[] = [];

  override async commit(changes: ChangeSet): Promise<CommitResult> {
    const result = await super.commit(changes);
    if (!result.ok || this.problems.length > 3) return result;
    for (const problem of disagreements(this.books()))
      this.problems.push(`${problem}, after ${JSON.stringify(changes)}`);
    return result;
  }

  books(): Books {
    const runs = this.tables.runs;
    const slots = new Map<string, number>();
    const live = [...runs.ids.ascending()].flatMap((id) => {
      const run = runs.require(id);
      if (run.row.status !== "queued" && run.row.status !== "running") return [];
      const count = [...run.messages.values()].filter(({ kind }) => kind === "slot").length;
      if (count > 0) slots.set(id, count);
      return [run.row];
    });
    return { runs: live, gates: this.tables.gates.list({ limit: 400 }), slots };
  }
}

/** The same of any store, as far as it can be read from outside. */
export async function booksOf(store: Store): Promise<Books> {
  const slots = new Map<string, number>();
  const runs = [];
  let cursor: string | undefined;
  do {
    const page = await store.listRuns({ status: ["queued", "running"], order: "asc", limit: 400, cursor });
    for (const row of page) {
      const loaded = row.flow === null ? null : await store.loadRun(row.id);
      const count = loaded?.messages.filter(({ kind }) => kind === "slot").length ?? 0;
      if (count > 0) slots.set(row.id, count);
      runs.push(loaded?.run ?? row);
    }
    cursor = page.length === 400 ? page.at(-1)?.id : undefined;
  } while (cursor !== undefined);
  return { runs, gates: await store.listGates({ limit: 400 }), slots };
}
