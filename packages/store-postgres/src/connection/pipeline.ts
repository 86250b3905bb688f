import { createHash } from "node:crypto";

/** `Buffer`: in binary format. */
export type Parameter = string | number | null | Buffer;

export interface Statement {
  text: string;
  values?: readonly Parameter[];
  /** Roughly how many bytes it brings along, or is answered with, if they are so many that they take their time. */
  bytes?: number;
}

/** Values as text, in the order of the statement's columns. */
export type SqlRow = (string | null)[];

export interface Answer {
  rows: SqlRow[];
  /** `INSERT 0 5`, `COMMIT`… */
  tag: string;
}

/** Sends statements together and resolves with their answers, in order: one round trip. */
export type Ask = (statements: readonly Statement[]) => Promise<Answer[]>;

/** The part of the driver's connection that sends messages. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(message: { text: string; name: string; types: number[] }): void;
  bind(message: { statement: string; values: readonly (string | null | Buffer)[] }): void;
  execute(message: object): void;
  close(message: { type: "S"; name: string }): void;
  sync(): void;
}

const names = new Map<string, string>();

/** The same text has the same name everywhere: whoever else prepared it prepared the same. */
export function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `stepfast_${createHash("sha256").update(text).digest("hex").slice(0, 24)}`;
    names.set(text, name);
  }
  return name;
}

/** What a connection knows of statements. */
interface Prepared {
  known: Set<string>;
  /** Sent with a pipeline that failed: nobody knows whether the server got to them. */
  unsure: Set<string>;
}

const prepared = new WeakMap<object, Prepared>();

/** How many rows a statement wrote. */
export function rowCount(answer: Answer | undefined): number {
  return Number(answer?.tag.split(" ").at(-1) ?? 0);
}

/**
 * Statements that travel together and are answered together: one round trip. After one that fails the server skips the
 * rest. The driver calls the methods.
 */
export class Pipeline {
  readonly done: Promise<Answer[]>;
  readonly #statements: readonly Statement[];
  readonly #isNamed: boolean;
  readonly #answers: Answer[] = [];
  /** Prepared with this pipeline. */
  readonly #fresh: string[] = [];
  #prepared: Prepared = { known: new Set(), unsure: new Set() };
  #rows: SqlRow[] = [];
  #resolve: (answers: Answer[]) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(statements: readonly Statement[], options: { isNamed: boolean }) {
    this.#statements = statements;
    this.#isNamed = options.isNamed;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever sent it hears of it; if it could not be sent, there is nobody to hear.
    this.done.catch(() => {});
  }

  submit(connection: Wire): void {
    this.#prepared = preparedOn(connection);
    // What is large is on its way while the rest is still being put together.
    const isCorked = this.#statements.every(({ bytes }) => bytes === undefined);
    if (isCorked) connection.stream.cork();
    for (const name of this.#prepared.unsure) connection.close({ type: "S", name });
    this.#prepared.unsure.clear();
    for (const statement of this.#statements) this.#send(connection, statement);
    connection.sync();
    if (isCorked) connection.stream.uncork();
  }

  #send(connection: Wire, { text, values = [] }: Statement): void {
    const statement = this.#isNamed ? nameOf(text) : "";
    if (!this.#prepared.known.has(statement)) {
      connection.parse({ text, name: statement, types: [] });
      if (statement !== "") this.#fresh.push(statement);
      if (statement !== "") this.#prepared.known.add(statement);
    }
    connection.bind({ statement, values: values.map(sendable) });
    connection.execute({});
  }

  handleDataRow(message: { fields: SqlRow }): void {
    this.#rows.push(message.fields);
  }

  handleCommandComplete(message: { text: string }): void {
    this.#answers.push({ rows: this.#rows, tag: message.text });
    this.#rows = [];
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#answers);
  }

  handleError(error: Error): void {
    for (const name of this.#fresh) {
      this.#prepared.known.delete(name);
      this.#prepared.unsure.add(name);
    }
    this.#reject(error);
  }

  handleRowDescription(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}

function sendable(value: Parameter): string | null | Buffer {
  return typeof value === "number" ? String(value) : value;
}

function preparedOn(connection: object): Prepared {
  let state = prepared.get(connection);
  if (state === undefined) {
    state = { known: new Set(), unsure: new Set() };
    prepared.set(connection, state);
  }
  return state;
}
