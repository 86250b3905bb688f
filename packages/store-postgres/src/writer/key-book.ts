import { createHash } from "node:crypto";
import type { KeyRow } from "@stepfast/store";
import { columns, keyColumns } from "../columns.ts";
import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Layout } from "../profile.ts";
import type { Book } from "./book.ts";
import { type RowSource, rowStatements } from "./row-statements.ts";

interface Claim {
  value: string;
  expiresAt: number;
  /** Whether a row of the database has to make way for it. */
  isStored: boolean;
  /** To be written. */
  row: KeyRow | null;
}

type KeyId = Pick<KeyRow, "scope" | "key">;

const keyIdColumns = columns<KeyId>({ scope: "text", key: "text" });

/** More than come in, so that what has expired is gone soon; not all at once, so that no commit waits long. */
const FORGET_PER_KEY = 4;
const LONGEST_PLAIN = 500;

/** The claimed identities of a batch. */
export class KeyBook implements Book {
  readonly #wanted = new Map<string, KeyRow>();
  readonly #claims = new Map<string, Claim>();

  want(row: KeyRow): void {
    this.#wanted.set(identity(row), row);
  }

  reads(layout: Layout): Query[] {
    const wanted = [...this.#wanted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => keyIdOf(row));
    const text = ({ from, value }: RowSource) => `SELECT k.scope, k.key, k.value, k.expires_at
      FROM ${layout.schema}.keys k ${from(",")} WHERE k.scope = ${value("scope")} AND k.key = ${value("key")}
      ORDER BY k.scope, k.key FOR UPDATE OF k`;
    const take: Query["take"] = ({ rows }) => {
      for (const [scope, key, value, expiresAt] of rows) {
        const claim = { value: String(value), expiresAt: Number(expiresAt), isStored: true, row: null };
        this.#claims.set(JSON.stringify([scope, key]), claim);
      }
    };
    return rowStatements(layout, keyIdColumns, wanted, text).map((statement) => ({ ...statement, take }));
  }

  /** Whose the first key is that cannot be had, and its index. */
  findTaken(rows: KeyRow[]): { index: number; value: string } | undefined {
    const claimed = new Map<string, string>();
    for (const [index, row] of rows.entries()) {
      const id = identity(row);
      const value = claimed.get(id) ?? this.#holder(id, row.createdAt);
      if (value !== undefined) return { index, value };
      claimed.set(id, row.value);
    }
    return undefined;
  }

  #holder(id: string, now: number): string | undefined {
    const claim = this.#claims.get(id);
    return claim !== undefined && claim.expiresAt > now ? claim.value : undefined;
  }

  claim(row: KeyRow): void {
    const isStored = this.#claims.get(identity(row))?.isStored === true;
    this.#claims.set(identity(row), { value: row.value, expiresAt: row.expiresAt, isStored, row });
  }

  writes(layout: Layout): Statement[] {
    const claims = [...this.#claims.values()];
    const rows = claims.flatMap(({ row }) => (row === null ? [] : [{ ...row, ...keyIdOf(row) }]));
    if (rows.length === 0) return [];
    const replaced = claims.flatMap(({ row, isStored }) => (row !== null && isStored ? [keyIdOf(row)] : []));
    const into = `INSERT INTO ${layout.schema}.keys (${keyColumns.sql})`;
    return [
      ...removeKeys(layout, replaced),
      ...(layout.profile.isDistributed ? [] : [this.#forget(layout.schema, rows)]),
      ...rowStatements(layout, keyColumns, rows, (source) => `${into} ${source.rows}`),
    ];
  }

  #forget(schema: string, rows: KeyRow[]): Statement {
    const text = `DELETE FROM ${schema}.keys WHERE (scope, key) IN (SELECT scope, key FROM ${schema}.keys
      WHERE expires_at <= $1::float8 ORDER BY expires_at LIMIT $2::int FOR UPDATE SKIP LOCKED)`;
    const now = Math.min(...rows.map(({ createdAt }) => createdAt));
    return { text, values: [now, rows.length * FORGET_PER_KEY] };
  }
}

function removeKeys(layout: Layout, ids: KeyId[]): Statement[] {
  return rowStatements(
    layout,
    keyIdColumns,
    ids,
    ({ from, value }) => `DELETE FROM ${layout.schema}.keys k ${from("USING")}
      WHERE k.scope = ${value("scope")} AND k.key = ${value("key")}`,
  );
}

function keyIdOf({ scope, key }: KeyRow): KeyId {
  return { scope, key: storedKey(key) };
}

function identity(row: KeyRow): string {
  return JSON.stringify([row.scope, storedKey(row.key)]);
}

/**
 * Keys are the sender's, and may hold what PostgreSQL does not keep (a zero), cannot tell apart (half a surrogate pair)
 * or cannot index (too long). They are only ever compared, so those go as JSON or as a hash; so do those that look as if
 * they had.
 */
export function storedKey(key: string): string {
  if (key.length > LONGEST_PLAIN) {
    return `"sha256:${createHash("sha256").update(JSON.stringify(key)).digest("hex")}`;
  }
  return /^"|[\0\ud800-\udfff]/.test(key) ? JSON.stringify(key) : key;
}
