import {
  connectKinds,
  executorRequest,
  requestAck,
  sdkResponse,
  workerStatus,
} from "@stepfast/protocol/connect";
import { afterEach, expect, test } from "vitest";
import { until } from "../patience.ts";
import { answer, closeAll, connections, devServer, runOf, send, worker } from "./gateway-world.ts";
import { appOf, fnConfig } from "./raw-worker.ts";

afterEach(closeAll);

test("a worker tells what it is at, and gets nothing more once it says that it ends", async () => {
  const { url } = await devServer();
  const raw = await worker(url, { instanceId: "old" });
  expect(await connections(url)).toMatchObject([{ last_status: null }]);
  const eventId = await send(url);
  const { requestId, runId } = executorRequest.decode((await raw.next()).payload);
  raw.send(connectKinds.workerRequestAck, requestAck.encode({ requestId }));
  const tell = async (shutdownRequested: boolean) => {
    raw.send(
      connectKinds.workerStatus,
      workerStatus.encode({ inFlightRequestIds: [requestId], shutdownRequested }),
    );
    raw.send(connectKinds.workerHeartbeat);
    expect((await raw.next()).kind).toBe(connectKinds.gatewayHeartbeat);
  };
  await tell(false);
  const last_status = { in_flight_requests: 1, shutdown_requested: false };
  expect(await connections(url)).toMatchObject([{ status: "READY", last_status }]);
  await tell(true);
  expect(await connections(url)).toMatchObject([{ status: "DRAINING" }]);
  const other = await worker(url, { instanceId: "new" });
  const next = await send(url);
  await answer(other, "by the new one");
  await until(async () => (await runOf(url, next))?.status === "COMPLETED");
  const body = Buffer.from('"by the old one"');
  raw.send(connectKinds.workerReply, sdkResponse.encode({ requestId, runId, status: 1, body }));
  await until(async () => (await runOf(url, eventId))?.status === "COMPLETED");
  expect(await runOf(url, eventId)).toMatchObject({ output: "by the old one" });
});

test("a worker is of a group with those that bring the same; the group that came last is the app's", async () => {
  const { url } = await devServer();
  const group = async (hash = "") => {
    const response = await fetch(`${url}/v0/connect/envs/x/groups/${hash}`);
    return response.ok ? ((await response.json()) as { data: object }).data : response.status;
  };
  const bringing = (...names: string[]) => ({
    apps: [
      appOf(
        "shop",
        names.map((name) => fnConfig(name)),
      ),
    ],
  });
  await worker(url, bringing("pay"));
  await worker(url, bringing("pay"));
  const [first, second] = await connections(url);
  const old = first?.all_worker_groups.shop;
  expect(second?.all_worker_groups.shop).toBe(old);
  const connection = [{ id: first?.id }, { id: second?.id }];
  expect(await group(old)).toMatchObject({ app_id: "shop", synced: true, connections: connection });
  await worker(url, bringing("ship", "pay"));
  const latest = (await connections(url))[2]?.all_worker_groups.shop;
  expect(await group(latest)).toMatchObject({ functions: ["shop-ship", "shop-pay"], synced: true });
  expect(await group(old)).toMatchObject({ functions: ["shop-pay"], synced: false });
  expect(await group("0".repeat(64))).toBe(404);
});
