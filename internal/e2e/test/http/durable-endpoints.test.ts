import { Inngest, step } from "inngest-official";
import { createEndpointServer, endpointAdapter } from "inngest-official/node";
import { stream } from "inngest-official/experimental/durable-endpoints";
import { fetchWithStream } from "inngest-official/experimental/durable-endpoints/client";
import { test, expect, afterEach } from "vitest";
import { Api } from "./api.ts";
import { quiet } from "./quiet.ts";
import { CleanUps, closed, devServer, listenOn } from "./world.ts";
const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());
async function setup(handler: any, opts: any = {}) {
  const server = await devServer();
  cleanUps.add(() => server.close({ drainMs: 0 }));
  const client = new Inngest({ id: "e", baseUrl: server.url, isDev: true, logger: quiet as never, endpointAdapter: endpointAdapter.withOptions({ asyncResponse: "redirect", asyncRedirectUrl: undefined, retries: 3, ...opts }) as never });
  const http = createEndpointServer((client as any).endpoint(handler));
  const port = await listenOn(http);
  cleanUps.add(() => closed(http));
  return { api: new Api(server.url), url: `http://127.0.0.1:${port}` };
}
test("sync", async () => {
  const { api, url } = await setup(async () => { const a = await step.run("a", () => 1); return Response.json({ a }); });
  const r = await fetch(`${url}/x?y=1`);
  console.log(r.status, await r.text());
  const runs = await api.get<any>("/v2/runs?includeOutput=true");
  console.log(JSON.stringify(runs));
});
test("async", async () => {
  const { api, url } = await setup(async () => { const a = await step.run("a", () => 1); await step.sleep("z", "1s"); const b = await step.run("b", () => a + 1); return Response.json({ a, b }); });
  const r = await fetch(`${url}/x?y=1`);
  console.log(r.status, await r.text(), JSON.stringify(await api.get<any>("/v2/runs?includeOutput=true")));
});
test("retry + parallel", async () => {
  let n = 0;
  const { api, url } = await setup(async () => { const a = await step.run("a", () => { if (n++ < 2) throw new Error("no"); return n; }); const [b, c] = await Promise.all([step.run("b", () => "b"), step.run("c", () => "c")]); return { a, b, c }; });
  const r = await fetch(`${url}/x`, { method: "POST", body: '{"x":1}', headers: { "content-type": "application/json" } });
  console.log(r.status, await r.text(), JSON.stringify(await api.get<any>("/v2/runs?includeOutput=true")));
});
test("stream", async () => {
  const { url } = await setup(async () => { const a = await step.run("a", async () => { stream.push("one"); return 1; }); await step.sleep("z", "1s"); await step.run("b", () => { stream.push("two"); }); return { a }; });
  const seen: any[] = [];
  const r = await fetchWithStream(`${url}/x`, { onData: (d: any) => seen.push(d), onCommit: (d: any) => seen.push(d), onMetadata: (d: any) => seen.push(d) } as any);
  console.log(r.status, await r.text(), JSON.stringify(seen));
}, 20000);
