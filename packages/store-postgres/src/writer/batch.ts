import { StepfastError } from "@stepfast/protocol";
import type { CommitResult, Outcome } from "@stepfast/store";
import type { Connection } from "../connection/connections.ts";
import type { Answer } from "../connection/pipeline.ts";
import { Transaction } from "../connection/transaction.ts";
import { apply } from "./apply.ts";
import { Books, type Memory } from "./books.ts";
import { findConflict } from "./judge.ts";
import type { Call, Commit, Request } from "./request.ts";
import type { Lease } from "./run-book.ts";

const applied: CommitResult = { ok: true };

/**
 * A batch as one transaction: a round trip to read, and one to write and commit; more only between calls. What a holder
 * writes to its runs can be foretold: it is written and committed in the first round trip, which fails if it was not so.
 */
export class Batch {
  readonly transaction: Transaction;
  readonly #schema: string;
  readonly #memory: Memory;
  readonly #outcomes: (() => Outcome<unknown>)[] = [];
  readonly #books: Books[] = [];
  wasForetold = false;

  constructor(connection: Connection, schema: string, memory: Memory) {
    this.transaction = new Transaction(connection);
    this.#schema = schema;
    this.#memory = memory;
  }

  /** The leases under which a batch was written whose transaction has no name. */
  get leases(): Lease[] {
    return this.wasForetold ? this.#books.flatMap(({ runs }) => runs.leases) : [];
  }

  /** Undefined: it cannot be foretold, and nothing was sent. */
  async foretell(requests: Request[]): Promise<Outcome<unknown>[] | undefined> {
    const books = new Books(this.#memory);
    for (const request of requests) {
      if (request.kind === "call") return undefined;
      books.want(request.changes);
    }
    if (!books.foretell()) return undefined;
    const expectation = books.runs.expects(this.#schema);
    const outcomes = requests.flatMap((request) =>
      request.kind === "commit" ? [decide(books, request)] : [],
    );
    if (!outcomes.every((outcome) => outcome.ok && outcome.value.ok)) return undefined;
    this.#books.push(books);
    this.wasForetold = true;
    this.transaction.add(expectation, ...books.writes(this.#schema));
    await this.transaction.commit();
    books.publish();
    return outcomes;
  }

  /** Requests apply in order. When it resolves, what they did is durable. */
  async run(requests: Request[]): Promise<Outcome<unknown>[]> {
    const [only] = requests;
    if (requests.length === 1 && only?.kind === "call") return this.#callAlone(only);
    let commits: Commit[] = [];
    for (const request of requests) {
      if (request.kind === "commit") {
        commits.push(request);
      } else {
        await this.#apply(commits);
        commits = [];
        this.#call(request);
      }
    }
    await this.#apply(commits);
    await this.transaction.commit();
    for (const books of this.#books) books.publish();
    return this.#outcomes.map((outcome) => outcome());
  }

  /** Most calls are: an idle node makes few queries. */
  async #callAlone({ statements, decode }: Call): Promise<Outcome<unknown>[]> {
    const answers: Answer[] = [];
    const take = (answer: Answer) => answers.push(answer);
    await this.transaction.alone(...statements.map((statement) => ({ ...statement, take })));
    return [{ ok: true, value: decode(answers) }];
  }

  #call({ statements, decode }: Call): void {
    const answers: Answer[] = [];
    const take = (answer: Answer) => answers.push(answer);
    this.transaction.add(...statements.map((statement) => ({ ...statement, take })));
    this.#outcomes.push(() => ({ ok: true, value: decode(answers) }));
  }

  /** Change-sets between which there is no call: all is read at once, and written at once. */
  async #apply(commits: Commit[]): Promise<void> {
    if (commits.length === 0) return;
    const books = new Books(this.#memory);
    this.#books.push(books);
    for (const { changes } of commits) books.want(changes);
    this.transaction.add(...books.reads(this.#schema));
    this.transaction.identify();
    await this.transaction.flush();
    for (const commit of commits) {
      const outcome = decide(books, commit);
      this.#outcomes.push(() => outcome);
    }
    this.transaction.add(...books.writes(this.#schema));
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
