import { createServer } from "node:http";
import { Inngest } from "stepfast";
import { createServer as serveFunctions } from "stepfast/node";
import { afterEach, expect, test } from "vitest";
import { Api } from "./api.ts";
import { Ledger } from "./ledger.ts";
import { quiet } from "./quiet.ts";
import { CleanUps, closed, devServer, listenOn } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

interface Seen {
  path: string;
  connection: number | undefined;
  body: string;
}

/** A server behind one that notes what is asked of it: the SDK asks by its own means, not with a `fetch` of the test's. */
async function noted(target: string): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += piece;
    const { url = "", method = "GET", socket } = request;
    seen.push({ path: url, connection: socket.remotePort, body });
    const headers = { "content-type": "application/json" };
    const init = method === "GET" ? { method } : { method, headers, body };
    const answer = await fetch(`${target}${url}`, init);
    const text = await answer.text();
    response.writeHead(answer.status, headers).end(text);
  });
  cleanUps.add(() => closed(server));
  return { url: `http://127.0.0.1:${await listenOn(server)}`, seen };
}

test("steps of several runs that end at once are saved in one request; one that ends alone in one of its own", async () => {
  const server = await devServer();
  cleanUps.add(() => server.close({ drainMs: 0 }));
  const { url: baseUrl, seen } = await noted(server.url);
  const api = new Api(server.url);
  const ledger = new Ledger();
  const runs = 20;
  let begun = 0;
  let open = () => {};
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  const client = new Inngest({ id: "crowd", baseUrl, isDev: true, logger: quiet });
  const crowd = client.createFunction(
    { id: "crowd", triggers: { event: "crowd/go" } },
    async ({ event, step }) => {
      const { n } = event.data as { n: number };
      await step.run("together", async () => {
        if (++begun === runs) open();
        await all;
        return ledger.note(`together ${n}`, n);
      });
      return step.run("after", () => ledger.note(`after ${n}`, n * 2));
    },
  );
  const single = client.createFunction(
    { id: "single", triggers: { event: "single/go" } },
    async ({ step }) => {
      for (const id of ["a", "b", "c"]) await step.run(id, () => ledger.note(id));
    },
  );
  const app = serveFunctions({ client, functions: [crowd, single] });
  const port = await listenOn(app);
  cleanUps.add(() => closed(app));
  const headers = { "x-inngest-server-kind": "dev", connection: "close" };
  expect((await fetch(`http://127.0.0.1:${port}/api/inngest`, { method: "PUT", headers })).ok).toBe(true);

  const ids = await Promise.all(
    Array.from({ length: runs }, (_, n) => api.send({ name: "crowd/go", data: { n } })),
  );
  const ended = await Promise.all(ids.map((id) => api.outcome(id)));
  expect(ended.map(({ output }) => output)).toEqual(ids.map((_, n) => n * 2));
  expect(new Set(ledger.lines).size).toBe(2 * runs);
  expect(ledger.lines).toHaveLength(2 * runs);
  const saves = () => seen.filter(({ path }) => path.includes("checkpoint"));
  const [together] = saves().map(({ path, body }) => [path, JSON.parse(body).checkpoints?.length]);
  expect(together).toEqual(["/v1/checkpoints", runs]);

  seen.length = 0;
  const one = await api.outcome(await api.send({ name: "single/go" }));
  expect(saves().map(({ path }) => path)).toEqual(Array(3).fill(`/v1/checkpoint/${one.id}/async`));
  expect(new Set(saves().map(({ connection }) => connection)).size).toBe(1);
});
