import { StepfastError } from "@stepfast/protocol";
import { CONNECT_CONTENT_TYPE, type SdkResponse, sdkResponse } from "@stepfast/protocol/connect";
import type { SigningKeys } from "../auth/signing-keys.ts";
import { FORWARDED } from "../http/forward.ts";

const PATIENCE_MS = 10_000;

/** Hands a worker's reply to another node. Throws `api_unreachable`: then it has to come again. */
export function replyForwarder(keys: SigningKeys | undefined) {
  return async (node: string, response: SdkResponse): Promise<void> => {
    const headers = {
      "content-type": CONNECT_CONTENT_TYPE,
      [FORWARDED]: "1",
      ...(keys ? { authorization: keys.authorization } : {}),
    };
    const answer = await fetch(new URL("/v0/connect/flush", node), {
      method: "POST",
      headers,
      body: sdkResponse.encode(response),
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch((cause: unknown) => {
      throw new StepfastError("api_unreachable", `The node at ${node} does not answer: try again`, { cause });
    });
    await answer.body?.cancel();
    if (!answer.ok) {
      throw new StepfastError("api_unreachable", `The node at ${node} answers ${answer.status}: try again`);
    }
  };
}
