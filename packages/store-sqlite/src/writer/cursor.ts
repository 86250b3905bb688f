import type { SqlValue } from "../driver.ts";
import type { Request, RequestValue } from "../message.ts";

/** Reads a request from front to back. */
export class Cursor {
  readonly #values: Request;
  #at = 0;

  constructor(values: Request) {
    this.#values = values;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#values.length;
  }

  next(): SqlValue {
    const value = this.#values[this.#at];
    this.#at += 1;
    return (value ?? null) as SqlValue;
  }

  number(): number {
    return Number(this.next());
  }

  text(): string {
    return String(this.next());
  }

  take(count: number): SqlValue[] {
    return this.takeAny(count) as SqlValue[];
  }

  /** {@link take} where one of them may be a large text. */
  takeAny(count: number): RequestValue[] {
    const values = this.#values.slice(this.#at, this.#at + count);
    this.#at += count;
    return values;
  }

  /** As many texts as the number in front of them says. */
  texts(): string[] {
    return this.take(this.number()).map(String);
  }
}
