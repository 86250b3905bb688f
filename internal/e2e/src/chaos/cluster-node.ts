import { gatewayLimits } from "@stepfast/server";
import { DatabaseLink } from "./database-link.ts";
import type { Front } from "./front.ts";
import { Program } from "./program.ts";

export interface NodeOptions {
  databaseUrl: string;
  /** Is told where the node is, and when it is no more. */
  front: Front;
  signingKey: string;
  eventKey: string;
  leaseMs: number;
  /** See `ChaosOptions`. */
  isForgetful: boolean;
  /** See `ChaosOptions`. */
  isPooled: boolean;
}

/** A worker that is stopped is given up after seconds, not after a minute. */
const GATEWAY = {
  ...gatewayLimits,
  heartbeatMs: 500,
  silenceMs: 10_000,
  extendLeaseMs: 500,
  leaseMs: 20_000,
  statusMs: 1_000,
  sweepMs: 250,
};
/** Fixed delay between attempts. */
const RETRY_INTERVAL_MS = 300;

/** One of the nodes: a process, and its own way to the database. */
export class ClusterNode {
  readonly name: string;
  readonly link: DatabaseLink;
  readonly #options: NodeOptions;
  #program: Program | undefined;

  private constructor(name: string, link: DatabaseLink, options: NodeOptions) {
    this.name = name;
    this.link = link;
    this.#options = options;
  }

  static async start(name: string, options: NodeOptions): Promise<ClusterNode> {
    const node = new ClusterNode(name, await DatabaseLink.start(options.databaseUrl), options);
    try {
      await node.restart();
    } catch (error) {
      await node.link.close();
      throw error;
    }
    return node;
  }

  /** Where it is; throws between its death and its restart. */
  get url(): string {
    return this.#living.url;
  }

  get isUp(): boolean {
    return this.#program !== undefined;
  }

  get hasFailed(): boolean {
    return this.#program?.hasFailed === true;
  }

  get #living(): Program {
    if (this.#program === undefined) throw new Error(`node ${this.name} is down`);
    return this.#program;
  }

  async restart(): Promise<void> {
    const { signingKey, eventKey, leaseMs, isForgetful, isPooled } = this.#options;
    this.#program = await Program.start("node", {
      isForgetful,
      db: "",
      databaseUrl: this.link.url,
      database: { hints: !isPooled },
      port: 0,
      eventKeys: [eventKey],
      signingKey,
      sdkUrls: [],
      pollIntervalMs: 0,
      connect: GATEWAY,
      tuning: { leaseMs, retryIntervalMs: RETRY_INTERVAL_MS },
    });
    this.#options.front.add(this.#program.url);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const program = this.#living;
    this.#program = undefined;
    await program.kill();
    this.#options.front.remove(program.url);
  }

  /** SIGSTOP: it does nothing, and its connections stay. */
  stop(): void {
    this.#living.signal("SIGSTOP");
  }

  /** SIGCONT. */
  resume(): void {
    this.#living.signal("SIGCONT");
  }

  /** In good order. */
  async close(): Promise<void> {
    await this.#program?.close();
    await this.link.close();
  }

  async abandon(): Promise<void> {
    await this.#program?.kill();
    await this.link.close();
  }
}
