import {
  checkpointAck,
  connectKinds,
  type ExecutorRequest,
  workerCheckpoint,
} from "@stepfast/protocol/connect";
import type { CheckpointShortcut } from "../serve/checkpoint.ts";
import type { GatewayLink } from "./gateway-link.ts";

/** Brings a frame's payload to the gateway that gave the request. Resolves with its answer's; undefined: it is out of reach. */
export type CheckpointWay = (checkpoint: {
  requestId: string;
  number: number;
  payload: Uint8Array;
}) => Promise<Uint8Array | undefined>;

/** What is longer goes over the API: it would keep heartbeats and other requests waiting. */
const MAX_LENGTH = 256 * 1024;

const encoder = new TextEncoder();
let lastNumber = 0;

/** Saves steps of a request over the connection that brought it. Undefined where its gateway takes none. */
export function shortcutOver(
  way: CheckpointWay,
  { requestId, takesCheckpoints }: ExecutorRequest,
): CheckpointShortcut | undefined {
  if (!takesCheckpoints) return undefined;
  return async (runId, body) => {
    if (body.length > MAX_LENGTH) return undefined;
    const number = ++lastNumber;
    const payload = workerCheckpoint.encode({ number, runId, body: encoder.encode(body) });
    const answer = await way({ requestId, number, payload });
    if (!answer) return undefined;
    const { status, error } = checkpointAck.decode(answer);
    return status === 0 ? undefined : { status, text: error };
  };
}

interface Sent {
  link: GatewayLink;
  answer: (payload: Uint8Array | undefined) => void;
}

/** Checkpoints that are on their way to a gateway. */
export class CheckpointBox {
  readonly #sent = new Map<number, Sent>();

  send(number: number, payload: Uint8Array, link: GatewayLink | undefined): Promise<Uint8Array | undefined> {
    if (!link?.isOpen) return Promise.resolve(undefined);
    return new Promise((answer) => {
      this.#sent.set(number, { link, answer });
      link.send(connectKinds.workerCheckpoint, payload);
    });
  }

  answered(payload: Uint8Array): void {
    const { number } = checkpointAck.decode(payload);
    this.#sent.get(number)?.answer(payload);
    this.#sent.delete(number);
  }

  /** No answer comes over this connection any more: whether they were saved is to be asked anew. */
  cutOff(link: GatewayLink): void {
    for (const [number, sent] of this.#sent) {
      if (sent.link !== link) continue;
      this.#sent.delete(number);
      sent.answer(undefined);
    }
  }
}
