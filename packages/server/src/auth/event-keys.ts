import { StepfastError } from "@stepfast/protocol";
import { digestOf, isOneOf } from "./digest.ts";

/** What a key may consist of: it is part of a URL's path. */
const KEY = /^[\w.~-]+$/;

/** The keys that events may be sent with. Only digests of them are kept. */
export class EventKeys {
  readonly #digests: readonly Buffer[];

  /** Throws `invalid_config` for a key that cannot stand in a URL. */
  constructor(keys: readonly string[]) {
    if (!keys.every((key) => KEY.test(key))) {
      throw new StepfastError(
        "invalid_config",
        "An event key consists of letters, digits and - _ . ~: make one with `openssl rand -hex 16`",
      );
    }
    this.#digests = keys.map(digestOf);
  }

  get count(): number {
    return this.#digests.length;
  }

  get isEmpty(): boolean {
    return this.#digests.length === 0;
  }

  accepts(key: string): boolean {
    return isOneOf(key, this.#digests);
  }
}
