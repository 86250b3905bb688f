import { type MessageRow, valuePlaces } from "@stepfast/store";
import { columns, messageColumns, replaceAllBut } from "../columns.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Layout } from "../profile.ts";
import type { Book } from "./book.ts";
import { LargeValues } from "./large-values.ts";
import { idStatements, type RowSource, rowStatements } from "./row-statements.ts";

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

type MessageId = Pick<MessageRow, "runId" | "id">;

const MESSAGES = valuePlaces.message("");
const messageIdColumns = columns<MessageId>({ runId: "text", id: "text" });
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

  reads(layout: Layout): Query[] {
    const select = `SELECT run_id, id, kind, created_at FROM ${layout.schema}.messages`;
    const take: Query["take"] = ({ rows }) => {
      for (const [runId, id, kind, createdAt] of rows) {
        const news = { kind: kind as MessageRow["kind"], createdAt: Number(createdAt) };
        this.#of(String(runId)).stored.set(String(id), news);
      }
    };
    const text = (is: string) => `${select} WHERE run_id ${is}`;
    return idStatements(layout, this.#wanted, text).map((statement) => ({ ...statement, take }));
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

  writes(layout: Layout): Statement[] {
    const inboxes = [...this.#inboxes];
    const ended = inboxes.flatMap(([runId, { isEnded }]) => (isEnded ? [runId] : []));
    const taken = inboxes.flatMap(([runId, inbox]) =>
      inbox.isEnded ? [] : [...inbox.taken].map((id) => ({ runId, id })),
    );
    const fresh = inboxes.flatMap(([, inbox]) => [...inbox.fresh.values()]);
    fresh.sort((a, b) => (this.#order.get(a) ?? 0) - (this.#order.get(b) ?? 0));
    const large = new LargeValues(layout);
    const rows = fresh.map((row) => {
      const payload = large.apart(row.payload, row.runId, valuePlaces.message(row.id));
      return payload === row.payload ? row : { ...row, payload: payload ?? "" };
    });
    return [
      ...deleteAll(layout, ended),
      ...deleteSome(layout, taken),
      ...upsert(layout, rows),
      ...large.writes(),
    ];
  }
}

function deleteAll(layout: Layout, runIds: string[]): Statement[] {
  const { schema, profile } = layout;
  const text = (is: string) => `DELETE FROM ${schema}.messages WHERE run_id ${is}`;
  if (!profile.isDistributed) return idStatements(layout, runIds, (is) => withLarge(schema, text(is), ""));
  const values = (is: string) =>
    `DELETE FROM ${schema}.large_values WHERE home ${is} AND place LIKE '${MESSAGES}%'`;
  return [...idStatements(layout, runIds, text), ...idStatements(layout, runIds, values)];
}

/** Deletes messages, `m` if they are called so, and what is kept beside them. */
function withLarge(schema: string, deletion: string, name: string): string {
  return `WITH gone AS (${deletion} RETURNING ${name}run_id, ${name}id, ${name}payload)
    DELETE FROM ${schema}.large_values v USING gone
    WHERE gone.payload LIKE '@%' AND v.home = gone.run_id AND v.place = '${MESSAGES}' || gone.id`;
}

function deleteSome(layout: Layout, taken: MessageId[]): Statement[] {
  const { schema, profile } = layout;
  const text = ({ from, value }: RowSource) => `DELETE FROM ${schema}.messages m ${from("USING")}
      WHERE m.run_id = ${value("run_id")} AND m.id = ${value("id")}`;
  if (!profile.isDistributed)
    return rowStatements(layout, messageIdColumns, taken, (source) => withLarge(schema, text(source), "m."));
  const values = ({ value }: RowSource) => `DELETE FROM ${schema}.large_values
    WHERE home = ${value("run_id")} AND place = '${MESSAGES}' || ${value("id")}`;
  return [
    ...rowStatements(layout, messageIdColumns, taken, text),
    ...rowStatements(layout, messageIdColumns, taken, values),
  ];
}

/** Without a sequence that orders them, each comes after those that its run has: the run is locked. */
function upsert(layout: Layout, messages: MessageRow[]): Statement[] {
  const table = `${layout.schema}.messages`;
  const conflict = `ON CONFLICT (run_id, id) DO UPDATE SET ${updates}`;
  return rowStatements(layout, messageColumns, messages, ({ rows, value }) =>
    layout.profile.isDistributed
      ? `INSERT INTO ${table} (${messageColumns.sql}, seq)
          SELECT ${messageColumns.scalars}, coalesce(max(m.seq), 0) + 1 FROM ${table} m
          WHERE m.run_id = ${value("run_id")} ${conflict}`
      : `INSERT INTO ${table} (${messageColumns.sql}) ${rows} ${conflict}`,
  );
}
