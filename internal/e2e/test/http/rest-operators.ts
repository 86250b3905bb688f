import { expect, test } from "vitest";
import type { World } from "./modes.ts";

export interface Answer {
  status: number;
  // Whatever the server answered.
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they please
  body: any;
}

export interface Requests {
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they please
  get(path: string): Promise<any>;
}

/** What operators do over the API, tried beside the rest of it. */
export function operatorTests(worldOf: () => World, { ask, get }: Requests): void {
  test("operators cancel, replay, rerun and pause", async () => {
    const { app, api } = worldOf();
    const [{ id = "" } = {}] = await api.runsOf(await app.send("wait"));
    await api.waiting(id, "signal");
    const filter = {
      appId: [app.id],
      from: new Date(0).toISOString(),
      expression: "run.status == 'running'",
    };
    const counted = await ask("POST", "/v2/cancellations", { ...filter, dryRun: true });
    expect([counted.status, counted.body.data.matched]).toEqual([202, 1]);
    for (const [path, status] of [
      ["/v2/cancellations", "CANCELLED"],
      ["/v2/replays", "COMPLETED"],
    ] as const) {
      const wanted = path === "/v2/replays" ? { appId: ["nobody"] } : filter;
      const { status: code, body } = await ask("POST", path, wanted);
      expect(code).toBe(202);
      expect((await get(path)).data.map((job: { id: string }) => job.id)).toContain(body.data.id);
      expect((await get(`${path}/${body.data.id}`)).data.id).toBe(body.data.id);
      expect((await ask("DELETE", `${path}/${body.data.id}`)).status).toBe(200);
      expect((await ask("GET", `${path}/nobody`)).status).toBe(404);
      if (status === "CANCELLED") await api.cancel(id).catch(() => {});
    }
    expect((await api.ended(id)).status).toBe("CANCELLED");
    const again = await ask("POST", `/v2/runs/${id}/rerun`);
    expect(again.status).toBe(200);
    await api.waiting(again.body.data.runId, "signal");
    await api.cancel(again.body.data.runId);
    const v1 = await ask("POST", "/v1/cancellations", { app_id: app.id, function_id: "nobody" });
    expect(v1.body.data.function_id).toBe(`${app.id}-nobody`);
    expect((await get("/v1/cancellations")).data.map((one: { id: string }) => one.id)).toContain(
      v1.body.data.id,
    );
    expect((await ask("DELETE", `/v1/cancellations/${v1.body.data.id}`)).status).toBe(204);
    expect((await ask("POST", "/v2/cancellations", { from: "yesterday" })).status).toBe(400);
  });

  test("a function is paused and resumed, and its limits are shown and changed", async () => {
    const { app } = worldOf();
    const { data: functions } = await get(`/v2/apps/${app.id}/functions`);
    const base = `/v2/apps/${app.id}/functions/${functions[0].id}`;
    expect((await ask("POST", `${base}/pause`, { events: "skip", reason: "x" })).body.data).toMatchObject({
      events: "skip",
      runs: "finish",
    });
    expect((await get(base)).data).toMatchObject({ isPaused: true });
    expect((await ask("POST", `${base}/resume`)).body.data).toMatchObject({ isPaused: false, pause: null });
    expect((await ask("POST", `${base}/pause`, { events: "burn" })).status).toBe(400);
    const limits = `/v2/apps/${app.id}/functions/work/limits`;
    expect((await ask("GET", limits)).status).toBe(200);
    expect((await ask("PUT", `${limits}/concurrency-1`, { limit: 40 })).status).toBe(200);
    expect((await ask("DELETE", `${limits}/concurrency-1`)).status).toBe(200);
    expect((await ask("GET", "/v2/queues")).status).toBe(200);
  });
}
