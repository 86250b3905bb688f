import type { ChangeSet, CommitResult, RunRow, Store } from "@stepfast/store";
import { SharedMemoryStore } from "@stepfast/store/memory";
import { gatesAhead, parseFlow } from "../../../src/domain/flow/run-flow.ts";
import { type Books, disagreements } from "./books.ts";

/** The store in memory, whose books are compared after every commit. */
export class FlowStore extends SharedMemoryStore {
  readonly problems: string[] = [];

  override async commit(changes: ChangeSet): Promise<CommitResult> {
    const passing = this.#passing(changes);
    const committing = super.commit(changes);
    // Looked at before anyone else's turn: the next commit may be of the one who seems to be left behind.
    const books = this.books();
    const problems = [...disagreements(books), ...this.#overtaken(passing, books)];
    const result = await committing;
    if (!result.ok || this.problems.length > 3) return result;
    for (const problem of problems) this.problems.push(`${problem}, after ${JSON.stringify(changes)}`);
    return result;
  }

  /** Runs that this commit lets through the only gate ahead of them, by gate. */
  #passing(changes: ChangeSet): [string, RunRow][] {
    const slots = (changes.messages ?? []).filter(({ kind }) => kind === "slot");
    return slots.flatMap(({ runId }) => {
      const row = this.tables.runs.get(runId)?.row;
      return row?.gate && hasOneGate(row) ? [[row.gate, { ...row }] as [string, RunRow]] : [];
    });
  }

  /** Nobody is left behind who was before them. */
  *#overtaken(passing: [string, RunRow][], { runs }: Books): Generator<string> {
    for (const [gate, passed] of passing) {
      const left = runs.find((run) => run.gate === gate && hasOneGate(run) && isBefore(run, passed));
      if (left && left.functionId === passed.functionId) yield `${passed.id} overtook ${left.id} at ${gate}`;
    }
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

function hasOneGate({ flow }: RunRow): boolean {
  const known = parseFlow(flow);
  return known !== null && gatesAhead(known).length === 1;
}

function isBefore(a: RunRow, b: RunRow): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.id < b.id);
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
