import { randomBytes } from "node:crypto";
import { SigningKeys } from "../auth/signing-keys.ts";

function textOf(connectionId: string): string {
  return `stepfast connect session ${connectionId}`;
}

/**
 * What lets a worker open a connection: given by the API to who has the signing key, good for five minutes at every node
 * with that key. A development server has no key, and makes one up.
 */
export class SessionTokens {
  readonly #keys: SigningKeys;

  constructor(keys: SigningKeys | undefined) {
    this.#keys = keys ?? new SigningKeys({ signingKey: randomBytes(32).toString("hex") });
  }

  issue(connectionId: string): string {
    return this.#keys.sign(textOf(connectionId), 0);
  }

  accepts(connectionId: string, token: string | undefined): boolean {
    return connectionId !== "" && this.#keys.verifies(textOf(connectionId), token);
  }
}
