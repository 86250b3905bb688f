import {
  checkpointAck,
  connectKinds,
  executorRequest,
  requestAck,
  workerCheckpoint,
} from "@stepfast/protocol/connect";
import { afterEach, expect, test, vi } from "vitest";
import { answer, closeAll, devServer, runOf, send, worker } from "./gateway-world.ts";

afterEach(closeAll);

const step = { id: "a".repeat(40), op: "StepRun", name: "charge", data: { paid: true } };

async function atWork() {
  const { url } = await devServer();
  const raw = await worker(url);
  const eventId = await send(url);
  const request = executorRequest.decode((await raw.next()).payload);
  const { requestId, runId } = request;
  raw.send(connectKinds.workerRequestAck, requestAck.encode({ requestId }));
  let number = 0;
  const save = async (body: string) => {
    const payload = workerCheckpoint.encode({ number: ++number, runId, body: Buffer.from(body) });
    raw.send(connectKinds.workerCheckpoint, payload);
    const frame = await raw.next();
    expect(frame.kind).toBe(connectKinds.gatewayCheckpointAck);
    const ack = checkpointAck.decode(frame.payload);
    expect(ack.number).toBe(number);
    return ack;
  };
  return { url, raw, eventId, request, save };
}

const bodyOf = (requestId: string, steps: unknown) => JSON.stringify({ request_id: requestId, steps });

test("a request says that its steps may be saved over the connection, and they are kept once that is answered", async () => {
  const { url, raw, eventId, request, save } = await atWork();
  expect(request.takesCheckpoints).toBe(true);
  expect(await save(bodyOf(request.requestId, [step]))).toMatchObject({ status: 204, error: "" });
  raw.end();
  const other = await worker(url);
  const repeated = executorRequest.decode((await other.next()).payload);
  expect(JSON.parse(Buffer.from(repeated.requestPayload).toString("utf8")).steps).toMatchObject({
    [step.id]: { data: { paid: true } },
  });
  other.send(connectKinds.workerRequestAck, requestAck.encode({ requestId: repeated.requestId }));
  expect(await runOf(url, eventId)).toMatchObject({ status: "RUNNING" });
});

test("every checkpoint is answered, whatever is wrong with it", async () => {
  const { url, raw, eventId, request, save } = await atWork();
  const { requestId } = request;
  expect(await save(bodyOf("another", [step]))).toMatchObject({ status: 409 });
  expect(await save(bodyOf(requestId, [{ ...step, op: "Sleep" }]))).toMatchObject({ status: 400 });
  expect(await save("no JSON")).toMatchObject({ status: 400 });
  expect(await save("[]")).toMatchObject({ status: 400 });
  raw.end();
  const other = await worker(url);
  await answer(other, "done");
  await vi.waitUntil(async () => (await runOf(url, eventId))?.status === "COMPLETED");
});
