import { expect, test } from "vitest";
import type { RunView } from "./api.ts";
import type { World } from "./modes.ts";
import type { Requests } from "./rest-operators.ts";

/** What is told of many runs and events at once. */
export function insightTests(worldOf: () => World, { ask, get }: Requests): void {
  const finished = async (n: number): Promise<RunView> => {
    const { api, app } = worldOf();
    return api.outcome(await app.send("go", { n }));
  };

  test("insights: one SELECT over runs and events, and nothing else", async () => {
    const { app } = worldOf();
    await finished(900);
    const query = (sql: string, more: object = {}) =>
      ask("POST", "/v2/insights/query", { query: sql, ...more });
    const counted = await query(
      `SELECT status, count(*) AS runs, max(json_extract(output, '$.total')) AS most
       FROM runs JOIN events ON events.id = runs.event_id
       WHERE function_id = '${app.id}-work' AND events.data->>'n' = 900 GROUP BY status`,
    );
    expect(counted.body.data).toMatchObject({
      columns: ["status", "runs", "most"],
      rows: [["COMPLETED", 1, 1800]],
      isTruncated: false,
      scanned: { isComplete: true },
    });
    const tables = (await get("/v2/insights/tables")).data;
    for (const { name, columns } of tables) {
      const { body } = await query(`SELECT * FROM ${name} LIMIT 1`);
      expect(body.data.columns).toEqual(columns.map((column: { name: string }) => column.name));
    }
    expect((await query("SELECT * FROM runs", { until: "2020-01-01T00:00:00Z" })).body.data.rows).toEqual([]);
    const many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) SELECT i FROM n";
    expect((await query(many)).body.data).toMatchObject({ isTruncated: true });
    const schemas = (await get("/v2/insights/events/schemas")).data;
    const work = schemas.find(({ name }: { name: string }) => name === app.event("go"));
    expect(work.fields).toContainEqual({ path: "data.n", types: ["number"] });
    for (const refused of [
      "DELETE FROM runs",
      "SELECT 1; DELETE FROM runs",
      "ATTACH DATABASE '/tmp/x' AS x",
      "PRAGMA table_info(runs)",
      "SELECT * FROM nothing",
      "SELECT load_extension('x')",
      "SELECT zeroblob(1000000000)",
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
      "WITH x AS (SELECT 1) DELETE FROM runs",
    ]) {
      const answer = await query(refused);
      expect([refused, answer.status, answer.body.errors?.[0]?.code]).toEqual([refused, 400, "query_failed"]);
    }
  });

  test("insights: no model makes SQL of words, and the answer says so", async () => {
    const refused = await ask("POST", "/v2/insights/query/prompt", { prompt: "How many runs failed?" });
    expect(refused).toMatchObject({ status: 409, body: { errors: [{ code: "model_not_configured" }] } });
    expect((await ask("POST", "/v2/insights/query/prompt", {})).status).toBe(400);
  });

  test("experiments: which there were, and what became of their variants", async () => {
    const { app } = worldOf();
    const tried = async (n: number, variant: string, score: number) => {
      const { id } = await finished(n);
      const values = {
        name: "price",
        variant,
        selection_strategy: "weighted",
        available_variants: ["high", "low", "none"],
        variant_weights: { high: 1, low: 3 },
      };
      const metadata = [{ kind: "inngest.experiment", op: "set", values }];
      await ask("POST", `/v1/runs/${id}/metadata`, { target: { step_id: "choice" }, metadata });
      const other = { name: "quality", value: -1, experiment: { id: "price", variant: "nobody's" } };
      const scores = [{ name: "quality", value: score }, { name: "sold", value: score > 1 }, other];
      await ask("POST", `/v2/runs/${id}/scores`, { scores: [...scores.slice(0, 2)] });
      await ask("POST", `/v2/runs/${id}/scores`, { scores: [{ ...other, stepId: "elsewhere" }] });
    };
    await tried(701, "low", 1);
    await tried(702, "low", 4);
    await tried(703, "high", 2);
    const seen = {
      id: "price",
      function: { id: `${app.id}-work` },
      selectionStrategy: "weighted",
      variants: ["high", "low", "none"],
      variantCount: 3,
      totalRuns: 3,
    };
    const path = `/v2/apps/${app.id}/functions/work/experiments`;
    for (const list of ["/v2/experiments", path]) expect((await get(list)).data).toMatchObject([seen]);
    expect((await get(`${path}?until=2020-01-01`)).data).toEqual([]);
    const { data } = await get(`${path}/price`);
    expect(data.variants).toEqual([
      {
        variantName: "high",
        runCount: 1,
        metrics: [
          { key: "quality", avg: 2, min: 2, max: 2 },
          { key: "sold", avg: 1, min: 1, max: 1 },
        ],
      },
      {
        variantName: "low",
        runCount: 2,
        metrics: [
          { key: "quality", avg: 2.5, min: 1, max: 4 },
          { key: "sold", avg: 0.5, min: 0, max: 1 },
        ],
      },
      { variantName: "none", runCount: 0, metrics: [] },
    ]);
    expect(data.variantWeights).toEqual([
      { variantName: "high", weight: 1 },
      { variantName: "low", weight: 3 },
    ]);
    expect((await get(`${path}/price?variant=high`)).data.variants).toHaveLength(1);
    const missing = await ask("GET", `${path}/nothing`);
    expect(missing).toMatchObject({ status: 404, body: { errors: [{ code: "experiment_not_found" }] } });
  });
}
