import { headers } from "@stepfast/protocol";
import type { SigningKeys } from "../auth/signing-keys.ts";
import { isFromSdk } from "./answer.ts";
import { type Exchange, post } from "./http-exchange.ts";
import type { Reply } from "./reply.ts";

/**
 * POSTs with a signature (PROTOCOL §1.4). Where the app refuses it, once more with the fallback key's: nothing ran, and
 * so it does not matter which side of a pair gets its new key first.
 */
export async function postSigned(exchange: Exchange, keys: SigningKeys): Promise<Reply> {
  for (let index = 0; ; index++) {
    const signature = keys.sign(exchange.signedText ?? exchange.body, index);
    const signed = { ...exchange.headers, [headers.signature]: signature };
    const reply = await post({ ...exchange, headers: signed });
    const isRefused = reply.status === 401 && isFromSdk(reply);
    if (!isRefused || index + 1 >= keys.count) return reply;
  }
}

/** Whose word an answer may be (PROTOCOL §1.4). */
export interface AnswerRules {
  keys: SigningKeys;
  /** An answer without any signature will do: the SDK of an app signs none. */
  allowUnsigned: boolean;
}

export function isAuthentic(reply: Reply, { keys, allowUnsigned }: AnswerRules): boolean {
  const signature = reply.headers[headers.signature];
  if (signature === undefined && allowUnsigned) return true;
  return keys.verifies(reply.body, signature);
}
