import { checkpointAck, connectKinds, executorRequest, workerCheckpoint } from "@stepfast/protocol/connect";
import { describe, expect, it } from "vitest";
import { CheckpointBox, type CheckpointWay, shortcutOver } from "../../src/connect/checkpoint-box.ts";
import type { GatewayLink } from "../../src/connect/gateway-link.ts";

function request(takesCheckpoints: boolean) {
  return executorRequest.decode(executorRequest.encode({ requestId: "R", takesCheckpoints }));
}

function answering(status: number, error = ""): CheckpointWay {
  return async ({ number }) => checkpointAck.encode({ number, status, error });
}

describe("the shortcut over a worker's connection", () => {
  it("is there only where the gateway said so", () => {
    expect(shortcutOver(answering(204), request(false))).toBeUndefined();
  });

  it("brings a checkpoint to the gateway, and its answer back", async () => {
    const sent: object[] = [];
    const way: CheckpointWay = async ({ requestId, number, payload }) => {
      const { body, ...rest } = workerCheckpoint.decode(payload);
      sent.push({
        requestId,
        ...rest,
        body: Buffer.from(body).toString("utf8"),
        isSame: rest.number === number,
      });
      return checkpointAck.encode({ number, status: 409, error: "not yours" });
    };
    expect(await shortcutOver(way, request(true))?.("RUN", "{}")).toEqual({ status: 409, text: "not yours" });
    expect(sent).toMatchObject([{ requestId: "R", runId: "RUN", body: "{}", isSame: true }]);
  });

  it("leaves to the API what the gateway cannot take", async () => {
    const way: CheckpointWay = async () => undefined;
    expect(await shortcutOver(way, request(true))?.("RUN", "{}")).toBeUndefined();
    expect(await shortcutOver(answering(0), request(true))?.("RUN", "{}")).toBeUndefined();
    const long = "x".repeat(300_000);
    expect(await shortcutOver(answering(204), request(true))?.("RUN", long)).toBeUndefined();
  });
});

class Link {
  isOpen = true;
  readonly sent: [number, unknown][] = [];
  send(kind: number, payload: unknown): void {
    this.sent.push([kind, payload]);
  }
}

function links(): { one: Link; other: Link; asLink: (link: Link) => GatewayLink } {
  return { one: new Link(), other: new Link(), asLink: (link) => link as unknown as GatewayLink };
}

const payload = new Uint8Array([1]);

describe("checkpoints on their way", () => {
  it("are answered each by its number", async () => {
    const { one, asLink } = links();
    const box = new CheckpointBox();
    const [first, second] = [1, 2].map((number) => box.send(number, payload, asLink(one)));
    box.answered(checkpointAck.encode({ number: 2, status: 409 }));
    box.answered(checkpointAck.encode({ number: 1, status: 204 }));
    box.answered(checkpointAck.encode({ number: 9, status: 204 }));
    expect(checkpointAck.decode((await first) ?? payload)).toMatchObject({ number: 1, status: 204 });
    expect(checkpointAck.decode((await second) ?? payload)).toMatchObject({ number: 2, status: 409 });
    expect(one.sent).toEqual(Array(2).fill([connectKinds.workerCheckpoint, payload]));
  });

  it("are given up when their connection is gone, and no others", async () => {
    const { one, other, asLink } = links();
    const box = new CheckpointBox();
    const lost = box.send(1, payload, asLink(one));
    const kept = box.send(2, payload, asLink(other));
    box.cutOff(asLink(one));
    expect(await lost).toBeUndefined();
    box.answered(checkpointAck.encode({ number: 2, status: 204 }));
    expect(await kept).toBeDefined();
  });

  it("are not even sent where there is no connection", async () => {
    const { one, asLink } = links();
    one.isOpen = false;
    const box = new CheckpointBox();
    expect(await box.send(1, payload, undefined)).toBeUndefined();
    expect(await box.send(2, payload, asLink(one))).toBeUndefined();
    expect(one.sent).toEqual([]);
  });
});
