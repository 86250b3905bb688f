import type { Connection } from "./connections.ts";
import type { Answer, Statement } from "./pipeline.ts";

/** A statement, and who wants to see what it answers. */
export interface Query extends Statement {
  take?: (answer: Answer) => void;
}

const commit: Statement = { text: "COMMIT" };

/** A transaction. What is added travels with the next {@link flush}, in one round trip. */
export class Transaction {
  readonly #connection: Connection;
  #queued: Query[];
  readonly #settings: Query[];
  /** Whether the server may have seen the end of it. */
  isCommitting = false;

  constructor(connection: Connection) {
    const { isTuned, tuning } = connection;
    this.#connection = connection;
    this.#settings = isTuned ? [] : [tuning.transactionSettings];
    this.#queued = [{ text: `BEGIN ISOLATION LEVEL ${tuning.isolation}` }, ...this.#settings];
  }

  add(...queries: Query[]): void {
    this.#queued.push(...queries);
  }

  /** These and nothing else: the server makes one transaction of what travels together. */
  async alone(...queries: Query[]): Promise<void> {
    this.#queued = [...this.#settings, ...queries];
    this.isCommitting = true;
    await this.flush();
  }

  async flush(): Promise<void> {
    const queries = this.#queued;
    this.#queued = [];
    const answers = await this.#connection.send(queries);
    for (const [i, answer] of answers.entries()) queries[i]?.take?.(answer);
  }

  /** What these answer, together with what was added before. */
  async ask(statements: readonly Statement[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    this.add(
      ...statements.map((statement) => ({ ...statement, take: (answer: Answer) => answers.push(answer) })),
    );
    await this.flush();
    return answers;
  }

  /** When it resolves, all of it is durable. */
  async commit(): Promise<void> {
    this.add(commit);
    this.isCommitting = true;
    await this.flush();
  }
}
