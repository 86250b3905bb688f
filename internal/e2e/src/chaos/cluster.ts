import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { PgBouncer, PostgresServer } from "@stepfast-internal/store-testkit/postgres";
import { Api } from "../campaign/api.ts";
import { persist } from "../campaign/settling.ts";
import { ClusterNode } from "./cluster-node.ts";
import type { ClusterWorker } from "./cluster-worker.ts";
import { startFleet } from "./fleet.ts";
import { Front } from "./front.ts";
import { Program } from "./program.ts";
import { Watch } from "./watch.ts";

export interface ClusterOptions {
  ledger: string;
  leaseMs: number;
  /** See `ChaosOptions`. */
  isForgetful: boolean;
  /** See `ChaosOptions`. */
  isPooled: boolean;
}

const NODES = ["a", "b", "c"];
const APP_PROCESSES = 2;
/** Of a node that answers at all. */
const NODE_PATIENCE_MS = 5_000;
/** Far more than it takes: a machine with much else to do needs it. */
const READY_LIMIT_MS = 240_000;

/** PostgreSQL, three nodes on it, an app in two processes, and a load balancer in front of each. */
export class Cluster {
  readonly leaseMs: number;
  readonly #ledger: string;
  readonly #isForgetful: boolean;
  readonly #isPooled: boolean;
  readonly #signingKey = randomBytes(16).toString("hex");
  readonly #eventKey = randomBytes(16).toString("hex");
  readonly #nodes: ClusterNode[] = [];
  readonly #apps: Program[] = [];
  readonly #fronts: Front[] = [];
  #workers: ClusterWorker[] = [];
  #postgres: PostgresServer | undefined;
  #pooler: PgBouncer | undefined;
  #watch: Watch | undefined;

  private constructor({ ledger, leaseMs, isForgetful, isPooled }: ClusterOptions) {
    this.#ledger = ledger;
    this.#isForgetful = isForgetful;
    this.#isPooled = isPooled;
    this.leaseMs = leaseMs;
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(options);
    try {
      await cluster.#start();
    } catch (error) {
      await cluster.abandon();
      throw error;
    }
    return cluster;
  }

  async #start(): Promise<void> {
    this.#postgres = await PostgresServer.start();
    const { url } = this.#postgres;
    if (this.#isPooled) this.#pooler = await PgBouncer.start(url);
    const databaseUrl = this.#pooler?.url ?? url;
    const isPooled = this.#isPooled;
    const front = await Front.start({ probePath: "/readyz", patienceMs: NODE_PATIENCE_MS });
    this.#fronts.push(front);
    const keys = { signingKey: this.#signingKey, eventKey: this.#eventKey };
    const isForgetful = this.#isForgetful;
    for (const name of NODES)
      this.#nodes.push(
        await ClusterNode.start(name, {
          ...keys,
          databaseUrl,
          front,
          leaseMs: this.leaseMs,
          isForgetful,
          isPooled,
        }),
      );
    this.#watch = await Watch.start(url);
    await this.untilReady();
    await this.#startApps(front.url);
    this.#workers = await startFleet({ ...keys, ledger: this.#ledger, baseUrl: front.url });
  }

  async #startApps(baseUrl: string): Promise<void> {
    const front = await Front.start();
    this.#fronts.push(front);
    const keys = { signingKey: this.#signingKey, eventKey: this.#eventKey };
    for (let i = 0; i < APP_PROCESSES; i++) {
      const options = { ...keys, ledger: this.#ledger, baseUrl, serveOrigin: front.url };
      const app = await Program.start("app", options);
      this.#apps.push(app);
      front.add(app.url);
    }
    await persist(() => register(front.url), READY_LIMIT_MS);
  }

  get nodes(): readonly ClusterNode[] {
    return this.#nodes;
  }

  get workers(): readonly ClusterWorker[] {
    return this.#workers;
  }

  /** Connections of this worker, as the nodes see them. */
  async connectionsOf(worker: ClusterWorker): Promise<string[]> {
    const up = this.#nodes.filter(({ isUp }) => isUp);
    const all = await Promise.all(up.map((node) => this.api(node).connections()));
    return all
      .flat()
      .filter((each) => each.instance_id === worker.name)
      .map(({ id }) => id);
  }

  get ledger(): string {
    return this.#ledger;
  }

  get postgres(): PostgresServer {
    if (this.#postgres === undefined) throw new Error("PostgreSQL was not started");
    return this.#postgres;
  }

  get watch(): Watch {
    if (this.#watch === undefined) throw new Error("nobody watches yet");
    return this.#watch;
  }

  /** A node's; of one that is down, no answer comes. */
  api(node: ClusterNode, { patienceMs = NODE_PATIENCE_MS } = {}): Api {
    const { isUp } = node;
    const keys = { signingKey: this.#signingKey, eventKey: this.#eventKey };
    return new Api(isUp ? node.url : "http://127.0.0.1:9", { ...keys, patienceMs });
  }

  /** Resolves when every node that is up says that it may be given work. Throws if it takes too long, or a child is gone. */
  async untilReady(): Promise<void> {
    const until = performance.now() + READY_LIMIT_MS;
    const wanted = this.#nodes.filter(({ isUp }) => isUp).length;
    while ((await this.#fronts[0]?.probe()) !== wanted) {
      this.assertAlive();
      if (performance.now() > until)
        throw new Error(`the nodes do not become ready: ${this.#fronts[0]?.reasons}`);
      await pause(20);
    }
  }

  /** Throws if a child has ended by itself. */
  assertAlive(): void {
    const failed = this.#nodes.filter(({ hasFailed }) => hasFailed).map(({ name }) => `node ${name}`);
    failed.push(...this.#workers.filter(({ hasFailed }) => hasFailed).map(({ name }) => `worker "${name}"`));
    if (this.#apps.some(({ hasFailed }) => hasFailed)) failed.push("an app");
    if (failed.length > 0) throw new Error(`ended by itself: ${failed.join(", ")}`);
  }

  /** Everything ends in good order. Throws if something does not; then use {@link abandon}. */
  async close(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.close()));
    await this.abandon();
  }

  /** Everything ends at once. */
  async abandon(): Promise<void> {
    const ends = [...this.#apps, ...this.#workers].map((program) => program.kill());
    await Promise.all([...this.#nodes.map((node) => node.abandon()), ...ends]);
    await Promise.all(this.#fronts.map((front) => front.close()));
    await this.#watch?.close();
    await this.#pooler?.stop();
    await this.#postgres?.destroy();
  }
}

async function register(app: string): Promise<void> {
  const answer = await fetch(`${app}/api/inngest`, { method: "PUT" });
  if (!answer.ok) throw new Error(`the app was not registered: ${answer.status} ${await answer.text()}`);
}
