import { createGzip } from "node:zlib";

/** A part of a gzip file that is complete in itself: one after the other they are such a file, too. */
export class GzipMember {
  readonly #gzip = createGzip();
  #compressed: Buffer[] = [];

  constructor() {
    this.#gzip.on("data", (bytes: Buffer) => this.#compressed.push(bytes));
  }

  /** What is ready of it by then. */
  async add(bytes: Uint8Array): Promise<Uint8Array> {
    await new Promise<void>((resolve, reject) => {
      this.#gzip.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    return this.#take();
  }

  /** The rest. */
  async end(): Promise<Uint8Array> {
    await new Promise<void>((resolve, reject) => {
      this.#gzip.once("end", resolve);
      this.#gzip.once("error", reject);
      this.#gzip.end();
    });
    return this.#take();
  }

  #take(): Uint8Array {
    const bytes = Buffer.concat(this.#compressed);
    this.#compressed = [];
    return bytes;
  }
}
