import type { ServerResponse } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { type Asked, StandIn } from "../stand-in.ts";
import type { Stage } from "../suite.ts";

/** PROTOCOL §5.2, §5.6 (`AIGateway`, `Gateway`): requests that the server makes for functions. */
export function offloading({ sdk, checkpoints, api, app: newApp }: Stage): void {
  const standIn = (answer: (asked: Asked, response: ServerResponse, count: number) => void) =>
    StandIn.start({ add: (cleanUp) => onTestFinished(() => void cleanUp()) }, answer);

  const modelAt = (url: string) => ({
    url: `${url}/v1/chat/completions`,
    authKey: "KEY",
    format: "openai-chat" as const,
    options: {},
    onCall(_model: never, body: never) {
      Object.assign(body, { model: "m" });
    },
  });

  test("a fetch is made by the server, and its answer is a Response, whatever its status", async () => {
    const app = newApp();
    const there = await standIn((_asked, response) =>
      response.writeHead(404, { "x-from": "there", "content-type": "application/json" }).end('{"n":7}'),
    );
    const fn = app.client.createFunction(
      { id: "ask", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.run("before", () => app.ledger.note("before"));
        const headers = { "x-one": "1" };
        const response = await step.fetch(`${there.url}/a`, { method: "POST", headers, body: '{"b":1}' });
        const again = await step.fetch(`${there.url}/b`);
        await step.run("after", () => app.ledger.note("after"));
        return [response.status, response.headers.get("x-from"), await response.json(), again.status];
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "COMPLETED", output: [404, "there", { n: 7 }, 404] });
    expect(there.asked).toMatchObject([
      { method: "POST", path: "/a", body: '{"b":1}', headers: { "x-one": "1" } },
      { method: "GET", path: "/b", body: "" },
    ]);
    expect(app.ledger.lines).toEqual(["before", "after"]);
    const { rootSpan } = await api().trace(run.id);
    expect(rootSpan.children.map((span) => [span.name, span.stepOp, span.status])).toEqual([
      ["before", "RUN", "COMPLETED"],
      ["step.fetch: 127.0.0.1", "GATEWAY", "COMPLETED"],
      ["step.fetch: 127.0.0.1", "GATEWAY", "COMPLETED"],
      ["after", "RUN", "COMPLETED"],
    ]);
    expect(app.asked(/async$/) > 0).toBe(checkpoints && app.savesOverApi);
  });

  test("a model is asked by the server, again where it fails, and its JSON is the result", async () => {
    const app = newApp();
    const there = await standIn((_asked, response, count) => {
      if (count < 3) response.writeHead(503).end("busy");
      else response.end('{"choices":[{"message":{"content":"hi"}}]}');
    });
    const fn = app.client.createFunction(
      { id: "ask", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const model = sdk.openai({ model: "m", apiKey: "KEY", baseUrl: `${there.url}/v1` });
        const answer = await step.ai.infer("infer", { model, body: { messages: [] } });
        return answer.choices[0]?.message.content;
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "COMPLETED", output: "hi" });
    expect(there.asked).toHaveLength(3);
    const { body, headers } = there.asked[0] ?? { body: "", headers: {} };
    expect(JSON.parse(body)).toEqual({ messages: [], model: "m" });
    expect(headers).toMatchObject({ authorization: "Bearer KEY", "content-type": "application/json" });
    const [span] = (await api().trace(run.id)).rootSpan.children;
    expect(span).toMatchObject({ stepOp: "AI_GATEWAY", attempts: 2 });
    expect(span?.children.map((attempt) => attempt.status)).toEqual(["FAILED", "FAILED", "COMPLETED"]);
  });

  test("what a model refuses for good, and what nobody may ask, the function can catch", async () => {
    const app = newApp();
    const there = await standIn((_asked, response) => response.writeHead(400).end("no such model"));
    const fn = app.client.createFunction(
      { id: "ask", retries: 1, triggers: { event: app.event("go") } },
      async ({ step }) => {
        const reason = (error: Error) => error.message;
        const model = modelAt(there.url);
        return [
          await step.ai.infer("infer", { model, body: {} }).catch(reason),
          await step.fetch("http://169.254.169.254/latest/meta-data").catch(reason),
        ];
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output[0]).toContain("no such model");
    expect(run.output[1]).toContain("--gateway-allow");
    expect(there.asked).toHaveLength(2);
  });

  test("a call of a model's own SDK is a step, with its input", async () => {
    const app = newApp();
    const generate = async (prompt: string, words: number) => ({ text: `${prompt}, ${words} times` });
    const fn = app.client.createFunction(
      { id: "ask", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const { text } = await step.ai.wrap("wrap", generate, "hi", 2);
        return step.run("after", () => text);
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run).toMatchObject({ status: "COMPLETED", output: "hi, 2 times" });
    const { children } = (await api().trace(run.id)).rootSpan;
    expect(children.map((span) => [span.name, span.stepOp])).toEqual([
      ["wrap", "RUN"],
      ["after", "RUN"],
    ]);
  });

  test("the fetch of the module, for libraries, is the function's", async () => {
    const app = newApp();
    const there = await standIn((asked, response) => response.end(asked.path));
    const library = async () => (await sdk.fetch(`${there.url}/lib`)).text();
    const fn = app.client.createFunction(
      { id: "ask", triggers: { event: app.event("go") } },
      async ({ step }) => [await library(), await step.run("plain", library)],
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output).toEqual(["/lib", "/lib"]);
    const { children } = (await api().trace(run.id)).rootSpan;
    expect(children.map((span) => span.stepOp)).toEqual(["GATEWAY", "RUN"]);
    expect(there.asked).toHaveLength(2);
  });

  test("requests run beside each other and beside steps", async () => {
    const app = newApp();
    const waiting: ServerResponse[] = [];
    const there = await standIn((_asked, response) => {
      waiting.push(response);
      if (waiting.length === 3) for (const each of waiting) each.end("together");
    });
    const fn = app.client.createFunction(
      { id: "ask", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const texts = ["a", "b", "c"].map((path) =>
          step.fetch(`${there.url}/${path}`).then((one) => one.text()),
        );
        return Promise.all([step.run("run", () => app.ledger.note("run", "ran")), ...texts]);
      },
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output).toEqual(["ran", "together", "together", "together"]);
    expect(app.ledger.lines).toEqual(["run"]);
    expect(there.asked).toHaveLength(3);
  });

  test("within a step it is an ordinary fetch", async () => {
    const app = newApp();
    const there = await standIn((_asked, response) => response.end("plain"));
    const fn = app.client.createFunction(
      { id: "ask", triggers: { event: app.event("go") } },
      async ({ step }) => step.run("run", async () => (await step.fetch(there.url)).text()),
    );
    await app.start([fn]);
    const run = await api().outcome(await app.send("go"));
    expect(run.output).toBe("plain");
    expect((await api().trace(run.id)).rootSpan.children.map((span) => span.stepOp)).toEqual(["RUN"]);
  });
}
