import { endpoints } from "@stepfast/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contract, type RunView } from "./api.ts";
import { deploy, modes, type World, worldOf } from "./modes.ts";
import { insightTests } from "./rest-insights.ts";
import { type Answer, operatorTests } from "./rest-operators.ts";

describe.each(modes)("the REST API of a server in %s mode", (mode) => {
  let world: World;
  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await world.api.request(method, path, body);
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  const get = async (path: string) => (await ask("GET", path)).body;

  beforeAll(async () => {
    world = await worldOf(mode);
    const { app } = world;
    await deploy(world, [
      app.client.createFunction(
        { id: "work", name: "Work", retries: 0, concurrency: 50, triggers: { event: app.event("go") } },
        async ({ step, event }) => {
          const total = await step.run("double", () => event.data.n * 2);
          if (total < 0) throw new Error("negative total");
          return { total, tags: event.data.tags ?? [] };
        },
      ),
      app.client.createFunction(
        { id: "patient", triggers: { event: app.event("wait") } },
        async ({ step }) => {
          return await step.waitForSignal("approval", {
            signal: `${app.id}/approved`,
            timeout: "1h",
            onConflict: "fail",
          });
        },
      ),
    ]);
  });
  afterAll(() => world.cleanUps.run());

  const finished = async (n: number, more: Record<string, unknown> = {}): Promise<RunView> =>
    world.api.outcome(await world.app.send("go", { n, ...more }));

  test("an app is synced on demand, and what goes wrong is told", async () => {
    const { app } = world;
    expect(await get(`/v2/apps/${app.id}`)).toMatchObject({ data: { id: app.id, functionCount: 2 } });
    expect((await ask("POST", `/v2/apps/${app.id}/syncs`)).body.data).toMatchObject({ status: "success" });
    const nowhere = await ask("POST", `/v2/apps/${app.id}/syncs`, { url: "http://127.0.0.1:1/api/inngest" });
    expect(nowhere.body.data).toMatchObject({
      status: "error",
      error: expect.stringContaining("No app answers"),
    });
    const other = await ask("POST", "/v2/apps/other/syncs", { url: app.url });
    expect(other.body.data).toMatchObject({ status: "error", appId: app.id });
    expect(await ask("POST", "/v2/apps/nobody/syncs")).toMatchObject({
      status: 404,
      body: { errors: [{ code: "app_not_found" }] },
    });
    expect((await ask("POST", `/v2/apps/${app.id}/syncs`, { url: "ftp://x" })).status).toBe(400);
    expect((await get("/v2/apps")).data).toHaveLength(1);
  });

  test("functions, each by its own id and its full one", async () => {
    const { app } = world;
    const base = `/v2/apps/${app.id}/functions`;
    expect((await get(base)).data.map(({ id }: { id: string }) => id)).toEqual([
      `${app.id}-patient`,
      `${app.id}-work`,
    ]);
    for (const id of ["work", `${app.id}-work`]) {
      expect((await get(`${base}/${id}`)).data).toMatchObject({ id: `${app.id}-work`, name: "Work" });
    }
    expect((await ask("GET", `${base}/nothing`)).status).toBe(404);
    expect((await get(`/v1/apps/${app.id}/functions`)) as unknown[]).toHaveLength(2);
  });

  test("an invocation with an idempotency key runs once, whoever asks how often", async () => {
    const { app, api } = world;
    const path = `/v2/apps/${app.id}/functions/work/invoke`;
    const body = { data: { n: 21 }, idempotencyKey: "order-7" };
    const answers = await Promise.all([1, 2, 3].map(() => ask("POST", path, body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const runIds = new Set(answers.map(({ body }) => body.data.runId));
    expect(runIds.size).toBe(1);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.body.errors).toMatchObject([{ code: "already_invoked" }]);
    const [runId = ""] = runIds;
    expect(await api.ended(runId)).toMatchObject({
      status: "COMPLETED",
      output: { total: 42 },
      origin: "invoke",
    });
    expect((await ask("POST", path, { ...body, idempotencyKey: "order-8" })).body.data.runId).not.toBe(runId);
    expect((await ask("POST", path, {})).status).toBe(400);
    const large = { data: { text: "x".repeat(4 * 1024 * 1024) } };
    expect((await ask("POST", path, large)).status).toBe(413);
    expect((await ask("POST", path.replace("work", "nothing"), body)).status).toBe(404);
  });

  test("runs are searched by event, output, error and themselves, page by page", async () => {
    const { app } = world;
    const runs: RunView[] = [];
    for (const n of [101, 102, -103, 104]) runs.push(await finished(n, { tags: ["search"] }));
    const found = async (search: string, more = "") => {
      const query = `search=${encodeURIComponent(search)}&appId=${app.id}&order=asc${more}`;
      return (await get(`/v2/runs?${query}`)).data.map(({ id }: { id: string }) => id);
    };
    const [first, second, failed, last] = runs.map(({ id }) => id);
    expect(await found("event.data.n > 101 && event.data.n < 200")).toEqual([second, last]);
    expect(await found("output.total == 202.0")).toEqual([first]);
    expect(await found('"search" in output.tags')).toEqual([first, second, last]);
    expect(await found('error.message.contains("negative") && event.data.n == -103')).toEqual([failed]);
    expect(await found(`run.status == "FAILED" && run.function == "${app.id}-work"`)).toEqual([failed]);
    expect(await found("output.total == 202.0", "&status=failed")).toEqual([]);
    const search = encodeURIComponent('"search" in event.data.tags');
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: { data: { id: string }[]; page: { cursor: string | null } } = await get(
        `/v2/apps/${app.id}/functions/work/runs?search=${search}&order=asc&limit=2&cursor=${cursor}`,
      );
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.page.cursor;
    }
    expect(seen).toEqual([first, second, failed, last]);
    expect(await ask("GET", "/v2/runs?search=event.data.")).toMatchObject({
      status: 400,
      body: { errors: [{ code: "invalid_expression" }] },
    });
  });

  test("events are listed and searched, and shown with the runs they started", async () => {
    const { app } = world;
    const id = await app.send("seen", { color: "blue" });
    await app.send("seen", { color: "red" });
    const search = encodeURIComponent('event.data.color == "blue"');
    const page = await get(`/v2/events?name=${app.event("seen")}&search=${search}`);
    expect(page.data).toMatchObject([{ id, name: app.event("seen"), data: { color: "blue" } }]);
    expect((await get(`/v2/events?name=${app.event("seen")}&limit=1`)).page).toMatchObject({ hasMore: true });
    expect((await get(`/v2/events/${id}`)).data).toMatchObject({ id, sessions: {} });
    expect((await get(`/v2/events/${id}/runs`)).data).toEqual([]);
    expect((await get(`/v1/events/${id}`)).data).toMatchObject({ internal_id: id });
    expect((await get(`/v1/events/${id}/runs`)).data).toEqual([]);
    expect((await get("/v1/events?limit=1")).data).toHaveLength(1);
    expect((await ask("GET", "/v2/events/nothing")).status).toBe(404);
    await finished(300);
    const system = await get("/v2/events?includeSystem=true&limit=50&name=inngest/function.finished");
    expect(system.data.every(({ runId }: { runId: string | null }) => runId !== null)).toBe(true);
    expect(
      (await get("/v2/events?limit=200")).data.some(({ name }: { name: string }) => /^inngest/.test(name)),
    ).toBe(false);
  });

  test("signals by either version", async () => {
    const { app, api } = world;
    for (const [path, idOf] of [
      ["/v1/signals", (data: { run_id: string }) => data.run_id],
      ["/v2/signals", (data: { runId: string }) => data.runId],
    ] as const) {
      const [{ id = "" } = {}] = await api.runsOf(await app.send("wait"));
      await api.waiting(id, "signal");
      const answer = await ask("POST", path, { signal: `${app.id}/approved`, data: { by: path } });
      expect(idOf(answer.body.data)).toBe(id);
      expect((await api.ended(id)).output).toMatchObject({ data: { by: path } });
      expect((await ask("POST", path, { signal: `${app.id}/approved` })).status).toBe(404);
      expect((await ask("POST", path, { signal: 7 })).status).toBe(400);
    }
  });

  test("what is noted about a run and its steps is in its trace", async () => {
    const { api } = world;
    const { id } = await finished(7);
    const note = (body: object) => ask("POST", `/v1/runs/${id}/metadata`, body);
    await note({ metadata: [{ kind: "cost", op: "merge", values: { tokens: 10, model: "m" } }] });
    const added = await note({ metadata: [{ kind: "cost", op: "add", values: { tokens: 5 } }] });
    expect(added.body.data).toMatchObject([
      { scope: "run", kind: "cost", values: { tokens: 15, model: "m" } },
    ]);
    await note({ target: { step_id: "double" }, metadata: [{ kind: "hint", values: { slow: true } }] });
    await note({
      target: { step_id: "double", step_attempt: 0 },
      metadata: [{ kind: "try", values: { n: 0 } }],
    });
    const scores = [{ name: "accuracy", value: 0.9, experiment: { id: "prompt", variant: "b" } }];
    expect((await ask("POST", `/v2/runs/${id}/scores`, { scores })).status).toBe(200);
    const { rootSpan } = await api.trace(id);
    expect(rootSpan.metadata?.map(({ kind }) => kind)).toEqual(["cost", "score:accuracy"]);
    expect(rootSpan.children[0]?.metadata).toMatchObject([
      { scope: "step", kind: "hint", values: { slow: true } },
    ]);
    expect(rootSpan.children[0]?.children[0]?.metadata).toMatchObject([
      { scope: "step_attempt", kind: "try" },
    ]);
    await note({ metadata: [{ kind: "cost", op: "delete" }] });
    expect((await api.trace(id)).rootSpan.metadata?.map(({ kind }) => kind)).toEqual(["score:accuracy"]);
    const told = await get(`/v1/runs/${id}/metadata`);
    expect(told.data).toMatchObject([
      { step_id: expect.stringMatching(/^[0-9a-f]{40}$/), step_attempt: null, kind: "hint" },
      { step_attempt: 0, scope: "step_attempt", kind: "try" },
      { step_id: null, step_attempt: null, scope: "run", kind: "score:accuracy" },
    ]);
    expect((await ask("GET", "/v1/runs/nothing/metadata")).status).toBe(404);
    const notes = { metadata: [{ kind: "a" }] };
    expect((await ask("POST", "/v1/runs/nothing/metadata", notes)).status).toBe(404);
    expect((await note({ metadata: [] })).status).toBe(400);
    const large = { metadata: [{ kind: "a", values: { text: "x".repeat(70_000) } }] };
    expect((await note(large)).status).toBe(413);
  });

  test("sessions: keys, ids with their figures, and their runs", async () => {
    const { app, api } = world;
    const key = `${app.id}-cart`;
    const send = async (n: number, id: string) =>
      api.outcome(
        await api.send({ name: app.event("go"), data: { n }, meta: { sessions: { [key]: id } } } as never),
      );
    for (const [n, id] of [
      [1, "c-1"],
      [-1, "c-1"],
      [2, "c-2"],
    ] as const)
      await send(n, id);
    expect((await get(`/v2/sessions?search=${key}`)).data).toMatchObject([
      { key, sessionCount: 2, runCount: 3, failedRunCount: 1 },
    ]);
    expect((await get(`/v2/sessions/${key}`)).data).toMatchObject([
      { id: "c-2", runCount: 1, failureRate: 0 },
      { id: "c-1", runCount: 2, failedRunCount: 1, failureRate: 0.5, functions: [`${app.id}-work`] },
    ]);
    const page = await get(`/v2/sessions/${key}/c-1/runs?limit=1`);
    expect(page).toMatchObject({ data: [{ status: "FAILED" }], page: { hasMore: true } });
    const next = await get(`/v2/sessions/${key}/c-1/runs?limit=1&cursor=${page.page.cursor}`);
    expect(next).toMatchObject({ data: [{ status: "COMPLETED" }], page: { hasMore: false } });
    expect((await get(`/v2/sessions/${key}?until=2020-01-01`)).data).toEqual([]);
  });

  test("one server is one environment, and one account", async () => {
    expect((await get("/v2/envs")).data).toMatchObject([
      { type: mode === "dev" ? "TEST" : "PRODUCTION", isArchived: false },
    ]);
    const [{ id }] = (await get("/v2/envs")).data;
    expect((await get("/v2/account")).data.id).toBe(id);
    expect((await get("/v2/partner/accounts")).data).toMatchObject([{ id }]);
    for (const answer of [
      await ask("POST", "/v2/envs", { name: "staging" }),
      await ask("POST", "/v2/partner/accounts", { email: "me@example.com" }),
      await ask("PATCH", `/v2/envs/${id}`, { isArchived: true }),
    ]) {
      expect(answer).toMatchObject({ status: 409, body: { errors: [{ code: "single_environment" }] } });
    }
  });

  test("keys are made, listed and revoked; the key itself is told once", async () => {
    const made = await ask("POST", "/v2/keys", { name: "reports", scopes: ["read", "send"] });
    expect(made.status).toBe(201);
    const { key, ...shown } = made.body.data;
    expect(key).toMatch(/^sfk_/);
    expect((await get("/v2/keys?limit=200")).data).toContainEqual(shown);
    expect((await get(`/v2/keys/${shown.id}`)).data).toEqual(shown);
    const listed = async () => (await get("/v2/keys/events")).data.map(({ id }: { id: string }) => id);
    expect(await listed()).toContain(shown.id);
    expect((await get("/v2/keys/signing")).data).toHaveLength(mode === "dev" ? 0 : 1);
    const revoked = (await ask("DELETE", `/v2/keys/${shown.id}`)).body.data;
    expect(revoked).toMatchObject({ id: shown.id, revokedAt: expect.any(String) });
    expect((await ask("DELETE", `/v2/keys/${shown.id}`)).body.data).toEqual(revoked);
    expect(await listed()).not.toContain(shown.id);
    expect(JSON.stringify(await get("/v2/keys"))).not.toContain(key);
    expect((await ask("GET", "/v2/keys/nothing")).status).toBe(404);
    expect((await ask("POST", "/v2/keys", { name: "x", scopes: ["everything"] })).status).toBe(400);
  });

  test("webhooks are made, changed and deleted by either version", async () => {
    for (const [base, method] of [
      ["/v2/env/webhooks", "PATCH"],
      ["/v1/webhooks", "PUT"],
    ] as const) {
      const made = (await ask("POST", base, { name: "github" })).body.data;
      expect(made.url).toContain(`${world.api.url}/hooks/`);
      expect((await get(base)).data).toContainEqual(made);
      const changed = (await ask(method, `${base}/${made.id}`, { name: "gitlab" })).body.data;
      expect(changed).toMatchObject({ id: made.id, name: "gitlab", url: made.url });
      expect((await get(`${base}/${made.id}`)).data).toEqual(changed);
      expect((await ask("DELETE", `${base}/${made.id}`)).status).toBe(204);
      expect((await ask("GET", `${base}/${made.id}`)).status).toBe(404);
      expect((await ask("DELETE", `${base}/${made.id}`)).status).toBe(404);
      expect((await ask(method, `${base}/${made.id}`, { name: "x" })).status).toBe(404);
      expect((await fetch(made.url, { method: "POST", body: "{}" })).status).toBe(404);
    }
  });

  operatorTests(() => world, { ask, get });
  insightTests(() => world, { ask, get });

  test("runs are cancelled by either version", async () => {
    const { app, api } = world;
    for (const [method, path] of [
      ["DELETE", "/v1/runs/"],
      ["POST", "/v2/runs/"],
    ] as const) {
      const [{ id = "" } = {}] = await api.runsOf(await app.send("wait"));
      await api.waiting(id, "signal");
      expect((await get(`/v1/runs/${id}/jobs`)).data).toMatchObject([{ kind: "timeout" }]);
      const cancelled = await ask(method, `${path}${id}${method === "POST" ? "/cancel" : ""}`);
      expect(cancelled.status).toBe(method === "POST" ? 200 : 204);
      expect((await api.ended(id)).status).toBe("CANCELLED");
      expect((await get(`/v1/runs/${id}`)).data.status).toBe("Cancelled");
    }
  });
});

test("every endpoint was seen to answer as it is told, in one mode at least", async () => {
  const { api, cleanUps } = await worldOf("dev");
  try {
    await api.request("GET", "/v2/health");
    await api.request("POST", "/v2/events", { name: "a/b" });
    const { body } = await (async () => {
      const response = await api.request("POST", "/v2/env/webhooks", { name: "x" });
      return { body: (await response.json()) as { data: { id: string } } };
    })();
    await api.request("POST", `/v2/env/webhooks/${body.data.id}/test`, { body: "[]" });
  } finally {
    await cleanUps.run();
  }
  const missing = endpoints.filter(({ method, path, answer }) => {
    const told = path.replace(/:(\w+)/g, "{$1}");
    return (
      !contract.seen.has(`${method} ${told} ${answer.status}`) && !contract.seen.has(`${method} ${told} 409`)
    );
  });
  expect(missing.map(({ id }) => id)).toEqual([]);
});
