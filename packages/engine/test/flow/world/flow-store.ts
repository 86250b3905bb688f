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

  /** Waiting runs that this commit lets through, and those who wait on the same way before them. */
  #passing(changes: ChangeSet): { passed: RunRow; before: string[] }[] {
    const slots = (changes.messages ?? []).filter(({ kind }) => kind === "slot").map(({ runId }) => runId);
    const leased = (changes.runs ?? []).filter(({ gate, owner }) => gate === null && owner != null);
    const ids = [...slots, ...leased.map(({ id }) => id)];
    const rows = ids.flatMap((id) => this.tables.runs.get(id)?.row ?? []).filter(({ gate }) => gate !== null);
    if (rows.length === 0) return [];
    const waiting = this.books().runs.filter(({ gate }) => gate !== null);
    return rows.map((row) => {
      const way = wayOf(row);
      const ahead = waiting.filter((run) => isBefore(run, row) && wayOf(run) === way);
      return { passed: { ...row }, before: ahead.map(({ id }) => id) };
    });
  }

  /** Of their function nobody with the same gates ahead is left behind who waited before them. */
  *#overtaken(passing: { passed: RunRow; before: string[] }[], { runs }: Books): Generator<string> {
    for (const { passed, before } of passing) {
      const left = runs.find((run) => run.gate !== null && before.includes(run.id));
      if (left) yield `${passed.id} overtook ${left.id} on ${wayOf(passed)}`;
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

function wayOf({ functionId, flow }: RunRow): string {
  const known = parseFlow(flow);
  return `${functionId}: ${known && gatesAhead(known).join(", ")}`;
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
