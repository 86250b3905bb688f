import { embed } from "@stepfast/server";
import { Inngest } from "stepfast";
import { afterEach, expect, test } from "vitest";
import { Api } from "./api.ts";
import { quiet } from "./quiet.ts";
import { StandIn } from "./stand-in.ts";
import { CleanUps } from "./world.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

test("in one process, too, requests are the server's to make, beside steps that go on", async () => {
  let failures = 0;
  const there = await StandIn.start(cleanUps, (asked, response) => {
    if (asked.path === "/model" && failures++ < 2) response.writeHead(500).end();
    else response.end('{"n":1}');
  });
  const client = new Inngest({ id: "shop", isDev: true, logger: quiet });
  const seen: string[] = [];
  const fn = client.createFunction({ id: "ask", triggers: { event: "go" } }, async ({ step }) => {
    const model = { url: `${there.url}/model`, format: "openai-chat" };
    const [answer, response] = await Promise.all([
      step.ai.infer("infer", { model, body: {} }),
      step.fetch(`${there.url}/plain`),
      step.run("beside", () => seen.push("beside")),
    ]);
    await step.run("after", () => seen.push("after"));
    const refused = await step.fetch("http://10.0.0.1/").catch((error: Error) => error.message);
    return [answer, await response.json(), refused];
  });
  const here = await embed({
    client,
    functions: [fn],
    db: ":memory:",
    port: 0,
    retryIntervalMs: 5,
    pollMs: 20,
  });
  cleanUps.add(() => here.close());
  const { ids } = await client.send({ name: "go", data: {} });
  const run = await new Api(here.url ?? "").outcome(ids[0] ?? "");
  expect(run).toMatchObject({
    status: "COMPLETED",
    output: [{ n: 1 }, { n: 1 }, expect.stringContaining("--gateway-allow")],
  });
  expect(seen).toEqual(["beside", "after"]);
  expect(there.asked.map((asked) => asked.path).sort()).toEqual(["/model", "/model", "/model", "/plain"]);
});

test("a function may leave many requests to the server, one after the other", async () => {
  const there = await StandIn.start(cleanUps, (_asked, response) => response.end("ok"));
  const client = new Inngest({ id: "shop", isDev: true, logger: quiet });
  const fn = client.createFunction({ id: "ask", triggers: { event: "go" } }, async ({ step }) => {
    for (let i = 0; i < 30; i++) await step.fetch(`${there.url}/${i}`);
    return "done";
  });
  const here = await embed({ client, functions: [fn], db: ":memory:", port: 0 });
  cleanUps.add(() => here.close());
  const { ids } = await client.send({ name: "go", data: {} });
  expect(await new Api(here.url ?? "").outcome(ids[0] ?? "")).toMatchObject({ output: "done" });
  expect(there.asked).toHaveLength(30);
});
