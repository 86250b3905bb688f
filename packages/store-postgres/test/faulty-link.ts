import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * What to do with a chunk on its way: let it pass, end both sides, or end one and leave the other as it is; or say these
 * last words to the client.
 */
export type Verdict = "pass" | "cut" | "cut client" | "hold" | Buffer;

/** Stands between a store and its server, and interferes. */
export class FaultyLink {
  /** Asked about each chunk that a client sends, and about each answer. */
  onRequest: (chunk: Buffer) => Verdict = () => "pass";
  onAnswer: (chunk: Buffer) => Verdict = () => "pass";
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: URL;

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(url: string): Promise<FaultyLink> {
    const link = new FaultyLink(new URL(url));
    link.#server.listen(0, "127.0.0.1");
    await once(link.#server, "listening");
    return link;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("The link has no address.");
    const url = new URL(this.#target);
    url.host = `127.0.0.1:${address.port}`;
    return String(url);
  }

  #accept(client: Socket): void {
    const server = connect(Number(this.#target.port || 5432), this.#target.hostname);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
    }
    client.on("data", (chunk) => this.#carry(this.onRequest(chunk), chunk, { client, server, to: server }));
    server.on("data", (chunk) => this.#carry(this.onAnswer(chunk), chunk, { client, server, to: client }));
    client.on("end", () => server.end());
    server.on("close", () => client.destroy());
  }

  #carry(verdict: Verdict, chunk: Buffer, ends: { client: Socket; server: Socket; to: Socket }): void {
    if (Buffer.isBuffer(verdict)) ends.client.end(verdict);
    if (verdict === "pass") ends.to.write(chunk);
    if (verdict === "cut" || verdict === "cut client") ends.client.destroy();
    if (verdict === "cut") ends.server.destroy();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
