import type { MessageRow } from "@stepfast/store";
import { messageColumns, replaceAllBut, toArrays } from "../columns.ts";
import { textArray } from "../connection/arrays.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Book } from "./book.ts";

/** What giving a run back depends on. */
type News = Pick<MessageRow, "kind" | "createdAt">;

interface Inbox {
  /** In the database, as far as they were asked for. */
  stored: Map<string, News>;
  /** To be written, in order of arrival. */
  fresh: Map<string, MessageRow>;
  taken: Set<string>;
  isEnded: boolean;
}

const updates = `${replaceAllBut(messageColumns, ["run_id", "id"])}, seq = excluded.seq`;

/** The messages of a batch, by run. */
export class InboxBook implements Book {
  readonly #wanted = new Set<string>();
  readonly #inboxes = new Map<string, Inbox>();
  /** Those that are to be written, in order of arrival over all runs. */
  #arrivals = 0;
  readonly #order = new Map<MessageRow, number>();

  /** The run may be given back: then its messages count. */
  want(runId: string): void {
    this.#wanted.add(runId);
  }

  reads(schema: string): Query[] {
    if (this.#wanted.size === 0) return [];
    const text = `SELECT run_id, id, kind, created_at FROM ${schema}.messages WHERE run_id = ANY ($1::text[])`;
    const take: Query["take"] = ({ rows }) => {
      for (const [runId, id, kind, createdAt] of rows) {
        const news = { kind: kind as MessageRow["kind"], createdAt: Number(createdAt) };
        this.#of(String(runId)).stored.set(String(id), news);
      }
    };
    return [{ text, values: [textArray([...this.#wanted])], take }];
  }

  deliver(row: MessageRow): void {
    const inbox = this.#of(row.runId);
    inbox.fresh.set(row.id, row);
    this.#arrivals += 1;
    this.#order.set(row, this.#arrivals);
  }

  consume(runId: string, id: string): void {
    const inbox = this.#of(runId);
    inbox.fresh.delete(id);
    inbox.taken.add(id);
  }

  end(runId: string): void {
    const inbox = this.#of(runId);
    inbox.fresh.clear();
    inbox.isEnded = true;
  }

  /** All that a run has to take in. */
  news(runId: string): News[] {
    const { stored, fresh, taken, isEnded } = this.#of(runId);
    const kept = isEnded ? [] : [...stored].filter(([id]) => !taken.has(id) && !fresh.has(id));
    return [...kept.map(([, news]) => news), ...fresh.values()];
  }

  #of(runId: string): Inbox {
    let inbox = this.#inboxes.get(runId);
    if (inbox === undefined) {
      inbox = { stored: new Map(), fresh: new Map(), taken: new Set(), isEnded: false };
      this.#inboxes.set(runId, inbox);
    }
    return inbox;
  }

  writes(schema: string): Statement[] {
    const statements: Statement[] = [];
    const inboxes = [...this.#inboxes];
    const ended = inboxes.flatMap(([runId, { isEnded }]) => (isEnded ? [runId] : []));
    if (ended.length > 0) statements.push(deleteAll(schema, ended));
    const taken = inboxes.flatMap(([runId, inbox]) =>
      inbox.isEnded ? [] : [...inbox.taken].map((id) => [runId, id] as const),
    );
    if (taken.length > 0) statements.push(deleteSome(schema, taken));
    const fresh = inboxes.flatMap(([, inbox]) => [...inbox.fresh.values()]);
    fresh.sort((a, b) => (this.#order.get(a) ?? 0) - (this.#order.get(b) ?? 0));
    if (fresh.length > 0) statements.push(upsert(schema, fresh));
    return statements;
  }
}

function deleteAll(schema: string, runIds: string[]): Statement {
  return {
    text: `DELETE FROM ${schema}.messages WHERE run_id = ANY ($1::text[])`,
    values: [textArray(runIds)],
  };
}

function deleteSome(schema: string, taken: (readonly [string, string])[]): Statement {
  const text = `DELETE FROM ${schema}.messages m USING unnest($1::text[], $2::text[]) AS u (run_id, id)
    WHERE m.run_id = u.run_id AND m.id = u.id`;
  return { text, values: [textArray(taken.map(([runId]) => runId)), textArray(taken.map(([, id]) => id))] };
}

function upsert(schema: string, rows: MessageRow[]): Statement {
  const text = `INSERT INTO ${schema}.messages (${messageColumns.sql})
    SELECT * FROM unnest(${messageColumns.arrays}) ON CONFLICT (run_id, id) DO UPDATE SET ${updates}`;
  return { text, values: toArrays(messageColumns, rows) };
}
