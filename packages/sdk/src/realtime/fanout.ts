/** Unread messages that a stream may hold. */
const MAX_UNREAD = 10_000;

/** Streams that all get what is written from when they were made. */
export class Fanout<T> {
  readonly #readers = new Set<(value: T) => void>();
  readonly #enders = new Set<() => void>();

  stream<R>(convert: (value: T) => R): ReadableStream<R> {
    let stop = () => {};
    return new ReadableStream<R>(
      {
        start: (controller) => {
          const end = () => controller.close();
          const write = (value: T) => {
            if ((controller.desiredSize ?? 0) > 0) return controller.enqueue(convert(value));
            stop();
            controller.error(new Error(`More than ${MAX_UNREAD} messages were not read: read faster`));
          };
          this.#readers.add(write);
          this.#enders.add(end);
          stop = () => {
            this.#readers.delete(write);
            this.#enders.delete(end);
          };
        },
        cancel: () => stop(),
      },
      new CountQueuingStrategy({ highWaterMark: MAX_UNREAD }),
    );
  }

  /** Calls back for each; returns what ends that. */
  listen(reader: (value: T) => void): () => void {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  write(value: T): void {
    for (const reader of [...this.#readers]) reader(value);
  }

  close(): void {
    const enders = [...this.#enders];
    this.#readers.clear();
    this.#enders.clear();
    for (const end of enders) end();
  }
}
