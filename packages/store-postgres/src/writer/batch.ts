import { StepfastError } from "@stepfast/protocol";
import type { CommitResult, Outcome } from "@stepfast/store";
import type { Connection } from "../connection/connections.ts";
import type { Answer } from "../connection/pipeline.ts";
import { Transaction } from "../connection/transaction.ts";
import type { Layout } from "../profile.ts";
import { apply } from "./apply.ts";
import { Books, type Memory } from "./books.ts";
import { findConflict } from "./judge.ts";
import type { TransactionName, TransactionNames } from "./names.ts";
import type { Call, Commit, Request, Script } from "./request.ts";
import type { Lease } from "./run-book.ts";

const applied: CommitResult = { ok: true };

export interface BatchParts {
  connection: Connection;
  layout: Layout;
  memory: Memory;
  names: TransactionNames;
}

/**
 * A batch as one transaction: a round trip to read, and one to write and commit; more only between calls. What a holder
 * writes to its runs can be foretold: it is written and committed in the first round trip, which fails if it was not so.
 */
export class Batch {
  readonly transaction: Transaction;
  readonly #layout: Layout;
  readonly #memory: Memory;
  readonly #names: TransactionNames;
  readonly #outcomes: (() => Outcome<unknown>)[] = [];
  readonly #books: Books[] = [];
  #isNamed = false;
  wasForetold = false;
  /** By which it can be told later what became of it; undefined: it has none. */
  name: TransactionName | undefined;

  constructor({ connection, layout, memory, names }: BatchParts) {
    this.transaction = new Transaction(connection);
    this.#layout = layout;
    this.#memory = memory;
    this.#names = names;
  }

  /** The leases under which a batch was written whose transaction has no name. */
  get leases(): Lease[] {
    return this.wasForetold ? this.#books.flatMap(({ runs }) => runs.leases) : [];
  }

  /** Undefined: it cannot be foretold, and nothing was sent. */
  async foretell(requests: Request[]): Promise<Outcome<unknown>[] | undefined> {
    const books = new Books(this.#memory);
    for (const request of requests) {
      if (request.kind !== "commit") return undefined;
      books.want(request.changes);
    }
    if (!books.foretell()) return undefined;
    const expectations = books.runs.expects(this.#layout);
    const outcomes = requests.flatMap((request) =>
      request.kind === "commit" ? [decide(books, request)] : [],
    );
    if (!outcomes.every((outcome) => outcome.ok && outcome.value.ok)) return undefined;
    this.#books.push(books);
    this.wasForetold = true;
    this.transaction.add(...expectations, ...books.writes(this.#layout));
    await this.transaction.commit();
    books.publish();
    return outcomes;
  }

  /** Requests apply in order. When it resolves, what they did is durable. */
  async run(requests: Request[]): Promise<Outcome<unknown>[]> {
    const [only] = requests;
    if (requests.length === 1 && only?.kind === "call" && only.isTimeless === true)
      return this.#callAlone(only);
    let commits: Commit[] = [];
    for (const request of requests) {
      if (request.kind === "commit") {
        commits.push(request);
      } else {
        await this.#apply(commits);
        commits = [];
        await this.#call(request);
      }
    }
    await this.#apply(commits);
    await this.#beNamed();
    await this.transaction.commit();
    this.#names.over(this.name);
    for (const books of this.#books) books.publish();
    return this.#outcomes.map((outcome) => outcome());
  }

  /** Many calls are: an idle node makes few queries. */
  async #callAlone({ statements, decode }: Call): Promise<Outcome<unknown>[]> {
    const answers: Answer[] = [];
    const take = (answer: Answer) => answers.push(answer);
    await this.transaction.alone(...statements.map((statement) => ({ ...statement, take })));
    return [{ ok: true, value: decode(answers) }];
  }

  async #call(request: Call | Script): Promise<void> {
    if (request.kind === "script") {
      this.#askForName();
      const value = await request.run((statements) => this.#ask(statements));
      this.#outcomes.push(() => ({ ok: true, value }));
      return;
    }
    const answers: Answer[] = [];
    const take = (answer: Answer) => answers.push(answer);
    this.transaction.add(...request.statements.map((statement) => ({ ...statement, take })));
    this.#outcomes.push(() => ({ ok: true, value: request.decode(answers) }));
  }

  async #ask(statements: Parameters<Transaction["ask"]>[0]): Promise<Answer[]> {
    return statements.length === 0 ? [] : await this.transaction.ask(statements);
  }

  /** With the next round trip. */
  #askForName(): void {
    if (this.#isNamed) return;
    this.#isNamed = true;
    const tell = (name: TransactionName) => {
      this.name = name;
    };
    this.transaction.add(...this.#names.queries(tell));
  }

  /** Before the server is asked to commit. */
  async #beNamed(): Promise<void> {
    this.#askForName();
    if (this.name === undefined) await this.transaction.flush();
  }

  /** Change-sets between which there is no call: all is read at once, and written at once. */
  async #apply(commits: Commit[]): Promise<void> {
    if (commits.length === 0) return;
    const books = new Books(this.#memory);
    this.#books.push(books);
    for (const { changes } of commits) books.want(changes);
    this.transaction.add(...books.reads(this.#layout));
    this.#askForName();
    await this.transaction.flush();
    for (const commit of commits) {
      const outcome = decide(books, commit);
      this.#outcomes.push(() => outcome);
    }
    this.transaction.add(...books.writes(this.#layout));
  }
}

function decide(books: Books, { changes }: Commit): Outcome<CommitResult> {
  try {
    const conflict = findConflict(books, changes);
    if (conflict !== undefined) return { ok: true, value: { ok: false, conflict } };
  } catch (error) {
    if (StepfastError.is(error)) return { ok: false, error };
    throw error;
  }
  apply(books, changes);
  return { ok: true, value: applied };
}
