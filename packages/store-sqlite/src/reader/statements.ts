import { type Columns, toRow } from "../columns.ts";
import { type Database, getRows, prepare, type Statement } from "../driver.ts";
import type { Query } from "./filters.ts";

const MAX_STATEMENTS = 200;

/** A connection's statements, each prepared once. */
export class Statements {
  readonly #db: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(db: Database) {
    this.#db = db;
  }

  sql(text: string): Statement {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
      statement = prepare(this.#db, text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  rows<Row>(columns: Columns<Row>, { sql, parameters }: Query): Row[] {
    return getRows(this.sql(sql), ...parameters).map((values) => toRow(columns, values));
  }

  /** A read transaction: a few statements that see the same. */
  inOneState<Result>(read: () => Result): Result {
    this.sql("BEGIN").run();
    try {
      return read();
    } finally {
      this.sql("COMMIT").run();
    }
  }
}
