import { type CallAnswer, headers, limits } from "@stepfast/protocol";
import { type SdkResponse, sdkStatuses } from "@stepfast/protocol/connect";
import { answerOf, callFailure } from "../remote/answer.ts";
import type { WorkerLink } from "./worker-link.ts";

const httpStatuses: Record<number, number> = {
  [sdkStatuses.notCompleted]: 206,
  [sdkStatuses.done]: 200,
  [sdkStatuses.error]: 500,
};

/** A worker's reply in normal form (PROTOCOL §11.3): it stands for an answer over HTTP. */
export function workerAnswer(response: SdkResponse): CallAnswer {
  if (response.body.byteLength > limits.sdkResponseBytes) return oversizedAnswer();
  const status = httpStatuses[response.status] ?? 500;
  const replyHeaders: Record<string, string> = { [headers.noRetry]: String(response.noRetry) };
  if (response.retryAfter !== undefined) replyHeaders[headers.retryAfter] = response.retryAfter;
  if (response.requestVersion > 0) replyHeaders[headers.requestVersion] = String(response.requestVersion);
  const body = Buffer.from(response.body).toString("utf8");
  return answerOf({
    status: status === 206 ? 206 : response.noRetry ? 400 : status,
    headers: replyHeaders,
    body,
  });
}

/** Another attempt would bring the same. */
export function oversizedAnswer(): CallAnswer {
  const message =
    `The answer of a connected worker is over ${limits.sdkResponseBytes} bytes (sdkResponseBytes): ` +
    "return a reference, or serve the app over HTTP, where a result may have stepOutputBytes";
  return callFailure("output_too_large", message, true);
}

/** The attempt is over, and another worker can make the next one now. */
export function lostAnswer(worker: WorkerLink | null, how: string): CallAnswer {
  const who = worker === null ? "A worker" : `The worker ${worker.name}`;
  return { ...lost(`${who} ${how}: the attempt is repeated on another one`), retryAtOnce: true };
}

function lost(message: string): Extract<CallAnswer, { kind: "error" }> {
  return { kind: "error", error: { name: "Error", message, code: "worker_lost", stack: "" }, noRetry: false };
}
