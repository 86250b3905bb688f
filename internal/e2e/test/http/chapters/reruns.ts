import type { ServerResponse } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { type Asked, StandIn } from "../stand-in.ts";
import type { Stage } from "../suite.ts";

/** Reruns from a step, with other input (PROTOCOL §3.1), and where their traces say they come from. */
export function reruns({ api, app: newApp }: Stage): void {
  async function ask(runId: string, stepId: string, input?: unknown[]) {
    const fromStep = { stepId, ...(input && { input }) };
    const answer = await api().request("POST", `/v2/runs/${runId}/rerun`, { fromStep });
    return (await answer.json()) as { data: { runId: string }; errors: { code: string; message: string }[] };
  }

  async function rerun(runId: string, stepId: string, input?: unknown[]) {
    const { data, errors } = await ask(runId, stepId, input);
    if (!data) throw new Error(JSON.stringify(errors));
    return api().ended(data.runId);
  }

  test("the step runs with the input, also when its first attempt fails; both traces tell of it", async () => {
    const app = newApp();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "order", retries: 1, triggers: { event: app.event("go") } },
      async ({ step }) => {
        const cart = await step.run("cart", () => ledger.note("cart", "2 books"));
        const paid = await step.run(
          "pay",
          (card: string) => {
            if (ledger.note(`pay ${card}`, ledger.count(`pay ${card}`)) === 0 && card === "new card")
              throw new Error("once");
            return `${cart} with ${card}`;
          },
          "old card",
        );
        return step.run("ship", () => ledger.note(`ship ${paid}`, `shipped ${paid}`));
      },
    );
    await app.start([fn]);
    const original = await api().outcome(await app.send("go"));
    ledger.lines.length = 0;
    const fork = await rerun(original.id, "pay", ["new card"]);
    expect(fork).toMatchObject({ status: "COMPLETED", output: "shipped 2 books with new card" });
    // Not a line of what comes after it before it is done.
    expect(ledger.lines).toEqual(["pay new card", "pay new card", "ship 2 books with new card"]);

    const before = await api().trace(original.id);
    const [cart, pay] = before.rootSpan.children;
    const fromStep = { stepId: pay?.stepId, id: "pay", name: "pay", edited: true };
    const common = { by: "rerun", job: null, keptSteps: 1 };
    expect(before).toMatchObject({ fork: null, hasMoreForks: false });
    expect(before.forks).toMatchObject([
      { runId: fork.id, of: original.id, ...common, fromStep, status: "COMPLETED" },
    ]);
    const after = await api().trace(fork.id);
    const link = { runId: original.id, status: "COMPLETED" };
    expect(after.fork).toEqual({
      ...{ of: link, original: link, ...common },
      fromStep: { ...fromStep, input: ["new card"] },
    });
    const [kept, edited, own] = after.rootSpan.children;
    expect(kept).toEqual({
      ...cart,
      id: `${fork.id}.${cart?.stepId}`,
      keptFrom: original.id,
      children: [],
    });
    expect(edited).toMatchObject({ isForkPoint: true, input: ["new card"], attempts: 1 });
    expect(own).not.toHaveProperty("keptFrom");
    expect(kept?.endedAt && after.rootSpan.queuedAt && kept.endedAt <= after.rootSpan.queuedAt).toBe(true);
  });

  test("a step of a loop is named by its hash; of a group only what was found before it is kept", async () => {
    const app = newApp();
    const { ledger } = app;
    const fn = app.client.createFunction(
      { id: "many", triggers: { event: app.event("go") } },
      async ({ step }) => {
        const items: string[] = [];
        for (const no of ["0", "1", "2"]) {
          items.push(await step.run("item", (name: string) => ledger.note(`item ${name}`, name), no));
        }
        const names = ["a", "b", "c"];
        const group = names.map((name) => step.run(name, (x: string) => ledger.note(`group ${x}`, x), name));
        return [...items, ...(await Promise.all(group))].join(" ");
      },
    );
    await app.start([fn]);
    const { id } = await api().outcome(await app.send("go"));
    expect((await ask(id, "item")).errors).toMatchObject([{ code: "ambiguous_step" }]);
    const items = (await api().trace(id)).rootSpan.children.filter(({ name }) => name === "item");
    ledger.lines.length = 0;
    const looped = await rerun(id, items[1]?.stepId ?? "", ["other"]);
    expect(looped.output).toBe("0 other 2 a b c");
    expect(ledger.lines.slice(0, 2)).toEqual(["item other", "item 2"]);
    ledger.lines.length = 0;
    expect((await rerun(id, "b", ["other"])).output).toBe("0 1 2 a other c");
    expect(ledger.lines).toEqual(["group other", "group c"]);
    ledger.lines.length = 0;
    expect((await rerun(looped.id, "b")).output).toBe("0 other 2 a b c");
    expect([...ledger.lines].sort()).toEqual(["group b", "group c"]);
  });

  test("what asks a model takes members of its request's body; a step that would not heed input is refused", async () => {
    const app = newApp();
    const there = await StandIn.start(
      { add: (cleanUp) => onTestFinished(() => void cleanUp()) },
      (asked: Asked, response: ServerResponse) => response.end(JSON.stringify({ asked: asked.body })),
    );
    const onCall = (_model: never, body: never) => Object.assign(body, { model: "m" });
    const url = `${there.url}/v1/chat/completions`;
    const model = { url, authKey: "K", format: "openai-chat" as const, options: {}, onCall } as never;
    const callee = app.client.createFunction({ id: "callee", triggers: [] } as never, () => "called");
    const fn = app.client.createFunction(
      { id: "asks", triggers: { event: app.event("go") } },
      async ({ step }) => {
        await step.invoke("invoke", { function: callee as never });
        await step.sendEvent("send", { name: app.event("sent"), data: {} });
        await (await step.fetch(`${there.url}/fetch`)).json();
        const answer = await step.ai.infer("ask", { model, body: { messages: ["hi"] } as never });
        return await step.ai.wrap("wrap", (text: string) => `${text}: ${JSON.stringify(answer)}`, "a");
      },
    );
    await app.start([callee, fn]);
    const { id } = await api().outcome(await app.send("go"));
    const asked = await rerun(id, "ask", [{ messages: ["edited"] }]);
    expect(asked.output).toBe(`a: {"asked":"{\\"messages\\":[\\"edited\\"],\\"model\\":\\"m\\"}"}`);
    expect((await rerun(asked.id, "wrap", ["b"])).output).toContain(
      'b: {"asked":"{\\"messages\\":[\\"edited',
    );
    expect((await rerun(id, "ask")).output).toContain('"hi');
    for (const step of ["invoke", "send", "step.fetch: 127.0.0.1"]) {
      const { errors } = await ask(id, step, [{ data: {} }]);
      expect(errors).toMatchObject([
        { code: "invalid_request", message: expect.stringContaining("no input") },
      ]);
    }
    expect((await ask(id, "ask", ["text"])).errors).toMatchObject([{ code: "invalid_request" }]);
  });
}
