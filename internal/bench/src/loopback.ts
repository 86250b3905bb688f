import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const TRIPS = 500;
const BODY = JSON.stringify({ event: { name: "go", data: {} }, steps: {} });

/** Milliseconds of bare round trips to an HTTP server of this machine, one after the other on one connection. */
export async function roundTrips(count = TRIPS): Promise<number[]> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.end("[]"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const begunAt = performance.now();
    await (await fetch(url, { method: "POST", body: BODY })).text();
    times.push(performance.now() - begunAt);
  }
  server.close();
  return times.slice(count / 10);
}
