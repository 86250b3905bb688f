import type { CallAnswer, FunctionConfig, IncomingEvent } from "@stepfast/protocol";
import { isShared, type RunRow, type Store } from "@stepfast/store";
import { type LimitedGate, parseFlow } from "../../../src/domain/flow/run-flow.ts";
import { Engine } from "../../../src/engine.ts";
import type { RemoteCall } from "../../../src/ports/remote.ts";
import { type Books, disagreements, idlePlaces } from "./books.ts";
import { booksOf, FlowStore } from "./flow-store.ts";
import { type Fault, NodeLink } from "./node-link.ts";
import { answerOf } from "./plan.ts";
import { StepClock } from "./step-clock.ts";
import { ThrottleWatch } from "./throttle-watch.ts";

const MAX_CALLS_AN_INSTANT = 3_000;
const LEASE_MS = 15_000;
const URL = "http://127.0.0.1/api/inngest";

interface Node {
  engine: Engine;
  link: NodeLink;
}

interface Visit {
  link: NodeLink;
  runId: string;
  epoch: number;
  gates: LimitedGate[];
}

export type Limits = Partial<Omit<FunctionConfig, "steps">> & { id: string };

/** Nodes, a store and functions in virtual time, looked at at every instant. */
export class World {
  readonly clock = new StepClock();
  readonly watch = new ThrottleWatch();
  readonly nodes: Node[] = [];
  readonly problems: string[] = [];
  /** Which fault the n-th commit has. */
  readonly faults = new Map<number, Fault>();
  /** Calls under way. */
  readonly #visits = new Set<Visit>();
  readonly #store: Store;
  readonly #configs: Limits[];
  readonly #openStore: () => Promise<Store>;
  commits = 0;
  ackTurns = 0;
  lastFaultAt = Number.NEGATIVE_INFINITY;
  #turn = 0;
  #read: { commits: number; books: Books } | null = null;

  /** `openStore`: another way to the same store, for a node; absent: all of them take the same. */
  constructor(configs: Limits[], store: Store = new FlowStore(), openStore?: () => Promise<Store>) {
    this.#configs = configs;
    this.#store = store;
    this.#openStore = openStore ?? (async () => store);
  }

  get store(): Store {
    return this.#store;
  }

  get isDead(): boolean {
    return this.nodes.every(({ link }) => link.isDead);
  }

  /** A node that is alive, a new one if none is; which one does not matter. */
  async someNode(): Promise<Engine> {
    while (this.isDead) await this.startNode();
    const alive = this.nodes.filter(({ link }) => !link.isDead);
    const node = alive[this.#turn++ % alive.length];
    if (!node) throw new Error("no node is alive");
    return node.engine;
  }

  async startNode(): Promise<void> {
    const link = new NodeLink(await this.#openStore(), {
      fault: () => this.#nextFault(),
      committed: (changes) => this.watch.see(changes, this.clock.now()),
      died: (dead) => this.#bury(dead),
      ackTurns: this.ackTurns,
    });
    const engine = this.#newEngine(link);
    this.nodes.push({ engine, link });
    await this.#whileResting(engine.start());
    if (this.nodes.length > 1 || this.#configs.length === 0) return;
    const functions = this.#configs.map((config) => this.#configOf(config));
    const app = { url: URL, appName: "app", sdk: "js:v0", v: "0.1", functions };
    await this.#whileResting(engine.registerRemote(app));
  }

  #configOf(limits: Limits): FunctionConfig {
    const runtime = { type: "http" as const, url: URL };
    const step = { id: "step", name: "step", runtime, retries: { attempts: 3 } };
    return { name: limits.id, triggers: [{ event: "go" }], ...limits, steps: { step } };
  }

  #newEngine(link: NodeLink): Engine {
    let state = this.nodes.length * 7_919 + 1;
    const random = {
      bytes: (length: number) =>
        Uint8Array.from({ length }, () => {
          state = (state * 48_271) % 2_147_483_647;
          return state & 255;
        }),
      fraction: () => 0,
    };
    const remote = { call: (call: RemoteCall) => this.#called(link, call) };
    const options = { pollMs: LEASE_MS / 3, leaseMs: LEASE_MS, retryIntervalMs: 500 };
    return new Engine({ store: link.store, clock: this.clock, random, remote, ...options });
  }

  async #called(link: NodeLink, call: RemoteCall): Promise<CallAnswer> {
    const { answer, busy } = answerOf(call.request);
    const { run_id: runId, generation_id: epoch = 0 } = call.request.ctx;
    const run = await this.#store.getRun(runId);
    if (this.lastFaultAt > 0) await this.#forgetStrays();
    const visit = { link, runId, epoch, gates: parseFlow(run?.flow ?? null)?.lanes ?? [] };
    this.#visits.add(visit);
    for (const [gate] of visit.gates) this.#count(gate);
    const { ms } = call.request.event.data as { ms?: number };
    await new Promise<void>((resolve) => {
      this.clock.after(busy ? Number(ms ?? 1_000) : 20, resolve);
    });
    this.#visits.delete(visit);
    return answer;
  }

  /** A node that lost an answer gives its run back: what it has called is nobody's any more. */
  async #forgetStrays(): Promise<void> {
    for (const visit of this.#visits) {
      const run = await this.#store.getRun(visit.runId);
      if (run?.owner == null || run.epoch !== visit.epoch) this.#visits.delete(visit);
    }
  }

  /** Functions that share a gate may each have their own limit. */
  #count(gate: string): void {
    const limits = [...this.#visits].flatMap(({ gates }) => gates.filter(([id]) => id === gate));
    const most = Math.max(...limits.map(([, limit]) => limit));
    if (limits.length > most)
      this.problems.push(`${limits.length} calls are under way at ${gate}, not ${most}`);
  }

  #nextFault(): Fault | null {
    const fault = this.faults.get(++this.commits) ?? null;
    if (fault) this.lastFaultAt = this.clock.now();
    return fault;
  }

  /** What a dead node called is nobody's any more. */
  #bury(link: NodeLink): void {
    link.isDead = true;
    this.nodes.find((node) => node.link === link)?.engine.crash();
    for (const visit of this.#visits) if (visit.link === link) this.#visits.delete(visit);
  }

  /** Sends an event; null: whether it was taken in is not known. */
  async send(event: IncomingEvent): Promise<string | null> {
    const node = await this.someNode();
    const sent = node.send([event]).then(
      ({ ids }) => ids[0] ?? null,
      () => null,
    );
    return this.#whileResting(sent);
  }

  /** The promise's value once nothing happens any more; null: it is still open. */
  async #whileResting<T>(promise: Promise<T>): Promise<T | null> {
    let value: T | null = null;
    promise.then(
      (settled) => {
        value = settled;
      },
      () => {},
    );
    await this.rest();
    return value;
  }

  /** Lets everything happen that needs no time. */
  async rest(): Promise<void> {
    const before = this.#calls();
    for (let quiet = 0; quiet < 6; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.nodes.some(({ link }) => !link.isDead && link.pending > 0) ? 0 : quiet + 1;
      if (this.#calls() - before < MAX_CALLS_AN_INSTANT) continue;
      throw new Error(`it does not come to rest: ${JSON.stringify(await booksOf(this.#store))}`);
    }
  }

  #calls(): number {
    return this.nodes.reduce((sum, { link }) => sum + link.calls, 0);
  }

  /** Goes from instant to instant until then, or until `isOver`, and looks at each. */
  async run(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    while (this.problems.length === 0 && !isOver()) {
      const next = this.clock.nextAt();
      if (next === null || next > untilMs) break;
      this.clock.moveTo(next);
      await this.rest();
      while (this.clock.fire()) await this.rest();
      await this.look();
    }
    this.clock.moveTo(untilMs);
  }

  async look(): Promise<void> {
    const store = this.#store;
    let books: Books;
    if (store instanceof FlowStore) {
      this.problems.push(...store.problems);
      books = store.books();
    } else {
      books = await this.#readBooks();
    }
    // A node that lost an answer looks again a little later; a node that died is given up after its lease.
    if (this.clock.now() < this.lastFaultAt + 2 * LEASE_MS) return;
    this.problems.push(...idlePlaces(books, this.clock.now()));
  }

  /** Read anew if anything was written since. */
  async #readBooks(): Promise<Books> {
    if (this.#read?.commits === this.commits) return this.#read.books;
    const { commits } = this;
    const books = await booksOf(this.#store);
    this.problems.push(...disagreements(books));
    this.#read = { commits, books };
    return books;
  }

  async allRuns(): Promise<RunRow[]> {
    const runs: RunRow[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await this.#store.listRuns({ order: "asc", limit: 400, cursor });
      runs.push(...page);
      if (page.length < 400) return runs;
      cursor = page.at(-1)?.id;
    }
  }

  async close(): Promise<void> {
    for (const { engine, link } of this.nodes) if (!link.isDead) engine.crash();
    if (!isShared(this.#store)) await this.#store.close();
  }
}
