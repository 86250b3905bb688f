import { connectKinds, connectMessage, executorRequest } from "@stepfast/protocol/connect";

/** The generation of the newest call of each run that came over a WebSocket of this process. */
const newest = new Map<string, number>();

/**
 * The published package does not show its middleware in which generation of its run a call is: from now on it is read from what comes over the
 * connection. Only where that is in this thread.
 */
export function readGenerations(): void {
  globalThis.WebSocket = class extends globalThis.WebSocket {
    constructor(...given: ConstructorParameters<typeof globalThis.WebSocket>) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (data instanceof ArrayBuffer) note(new Uint8Array(data));
      });
    }
  };
}

function note(frame: Uint8Array): void {
  const { kind, payload } = connectMessage.decode(frame);
  if (kind !== connectKinds.gatewayExecutorRequest) return;
  const { runId, requestPayload } = executorRequest.decode(payload);
  const { ctx } = JSON.parse(new TextDecoder().decode(requestPayload)) as { ctx: { generation_id: number } };
  newest.set(runId, ctx.generation_id);
}

/** Of the newest call of this run. Throws if none came. */
export function generationOf(runId: string): number {
  const generation = newest.get(runId);
  if (generation === undefined) throw new Error(`no call of run ${runId} came over a connection`);
  return generation;
}
