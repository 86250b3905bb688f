import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

interface Pair {
  client: Socket;
  server: Socket;
  /** Under which the statement `COMMIT` was prepared. */
  commitName?: string;
}

/**
 * `commit`: it never arrives. `acknowledgement`: it is carried out, and nobody is told. `answer`: that of any statement
 * that writes, be it within a transaction or one of its own.
 */
export type LostPart = "commit" | "acknowledgement" | "answer";

const ACKNOWLEDGEMENT = /COMMIT\0/;
const ANSWER = /(UPDATE|INSERT 0) [1-9]\d*\0/;
const PREPARED = /(\w*)\0COMMIT\0/;

/** What stands between a node and PostgreSQL: a connection that may be cut, stall, or lose the word `COMMIT`. */
export class DatabaseLink {
  readonly #target: URL;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #isCut = false;
  #isStalled = false;
  #losing: { part: LostPart; done: () => void } | undefined;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(target: string): Promise<DatabaseLink> {
    const link = new DatabaseLink(target);
    link.#server.listen(0, "127.0.0.1");
    await once(link.#server, "listening");
    return link;
  }

  /** The database, by way of this. */
  get url(): string {
    const url = new URL(this.#target);
    url.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return String(url);
  }

  /** Ends all connections; with `stay`, new ones too until `heal`. */
  cut({ stay }: { stay: boolean }): void {
    this.#isCut = stay;
    for (const pair of this.#pairs) end(pair);
  }

  /** Nothing passes until `heal`, and nobody is told. */
  stall(): void {
    this.#isStalled = true;
    for (const pair of this.#pairs) hold(pair);
  }

  /** After a stall, what was held arrives late, or is lost. */
  heal({ isLost = false }: { isLost?: boolean } = {}): void {
    const wasStalled = this.#isStalled;
    this.#isCut = false;
    this.#isStalled = false;
    for (const pair of wasStalled ? this.#pairs : []) {
      if (isLost) end(pair);
      else for (const socket of [pair.client, pair.server]) socket.resume();
    }
  }

  /** Loses a message, and its connection. Resolves with false if none came in time. */
  async lose(part: LostPart, withinMs: number): Promise<boolean> {
    const done = new Promise<true>((resolve) => {
      this.#losing = { part, done: () => resolve(true) };
    });
    const isLost = await Promise.race([done, pause(withinMs, false)]);
    this.#losing = undefined;
    return isLost;
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) end(pair);
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(client: Socket): void {
    if (this.#isCut) {
      client.on("error", () => {}).destroy();
      return;
    }
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const pair: Pair = { client, server };
    this.#pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.once("close", () => {
        this.#pairs.delete(pair);
        end(pair);
      });
    }
    client.on("data", (chunk) => this.#ask(pair, chunk));
    server.on("data", (chunk) => this.#answer(pair, chunk));
    if (this.#isStalled) hold(pair);
  }

  #ask(pair: Pair, chunk: Buffer): void {
    const text = chunk.toString("latin1");
    const prepared = PREPARED.exec(text);
    if (prepared?.[1]) pair.commitName = prepared[1];
    const isCommit = prepared !== null || (pair.commitName !== undefined && text.includes(pair.commitName));
    if (isCommit && this.#losing?.part === "commit") this.#lose(pair);
    else pair.server.write(chunk);
  }

  #answer(pair: Pair, chunk: Buffer): void {
    const part = this.#losing?.part;
    const text = part === "acknowledgement" || part === "answer" ? chunk.toString("latin1") : "";
    const isLost =
      (part === "acknowledgement" && ACKNOWLEDGEMENT.test(text)) || (part === "answer" && ANSWER.test(text));
    if (isLost) this.#lose(pair);
    else pair.client.write(chunk);
  }

  #lose(pair: Pair): void {
    const losing = this.#losing;
    this.#losing = undefined;
    end(pair);
    losing?.done();
  }
}

function hold({ client, server }: Pair): void {
  client.pause();
  server.pause();
}

function end({ client, server }: Pair): void {
  client.destroy();
  server.destroy();
}
