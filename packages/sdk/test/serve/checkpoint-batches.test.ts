import { describe, expect, it } from "vitest";
import { EndpointDriver } from "./endpoint-driver.ts";
import { callBody, stepIds } from "./shop.ts";

const many = { "x-stepfast-checkpoints": "many" };

/** Of a run whose first step is done: it has one to save. */
function bodyOf(runId: string) {
  const stack = { stack: [stepIds.a], current: 1 };
  const steps = { [stepIds.a]: { type: "data", data: { n: 1 } } };
  return callBody({ fn_id: "F", qi_id: "Q", run_id: runId, stack }, { steps });
}

function single(runId: string): string {
  return `/v1/checkpoint/${runId}/async`;
}

/** Calls that come in at once, each with a step to save. */
async function called(driver: EndpointDriver, runs: string[], headers: Record<string, string> = many) {
  const answers = await Promise.all(runs.map((runId) => driver.call("two-steps", bodyOf(runId), headers)));
  return { answers, paths: driver.api.requests.map(({ path }) => path) };
}

const done = [{ op: "RunComplete", data: 2 }];

describe("checkpoints of several calls", () => {
  it("go in one request where the server takes that, and each call has its answer", async () => {
    const driver = new EndpointDriver();
    const data = [{ status: 204 }, { status: 409, error: "taken over" }, { status: 204 }];
    driver.api.answer("/v1/checkpoints", { json: { data } });
    const { answers, paths } = await called(driver, ["R1", "R2", "R3"]);
    expect(paths).toEqual(["/v1/checkpoints"]);
    expect(driver.api.requests[0]?.body).toMatchObject({
      checkpoints: ["R1", "R2", "R3"].map((run_id) => ({ run_id, steps: [{ id: stepIds.b }] })),
    });
    expect(answers[0]?.json).toMatchObject(done);
    expect(answers[1]?.json).toMatchObject({ name: "StaleDispatchError" });
    expect(answers[2]?.json).toMatchObject(done);
  });

  it("go one by one where the server does not say that it takes several", async () => {
    const driver = new EndpointDriver();
    const { paths } = await called(driver, ["R1", "R2"], {});
    expect(paths).toEqual(["R1", "R2"].map(single));
  });

  it("go alone where there is only one", async () => {
    const driver = new EndpointDriver();
    const { answers, paths } = await called(driver, ["R1"]);
    expect(paths).toEqual([single("R1")]);
    expect(answers[0]?.json).toMatchObject(done);
  });

  it.each([
    ["is not there", { status: 404 }],
    ["cannot be reached", new TypeError("reset")],
    ["says something else", { text: "<html>" }],
    ["leaves one out", { json: { data: [{ status: 204 }] } }],
    ["has them somewhere else", { json: { data: [{ status: 0 }, { status: 0 }] } }],
  ])("go one by one, too, where what takes several %s", async (_why, answer) => {
    const driver = new EndpointDriver();
    driver.api.answer("/v1/checkpoints", answer);
    const { answers, paths } = await called(driver, ["R1", "R2"]);
    expect(paths).toEqual(["/v1/checkpoints", ...["R1", "R2"].map(single)]);
    for (const { json } of answers) expect(json).toMatchObject(done);
  });

  it("come again one by one, if they could not be kept", async () => {
    const driver = new EndpointDriver();
    driver.api.answer("/v1/checkpoints", { json: { data: [{ status: 500 }, { status: 204 }] } });
    const { answers, paths } = await called(driver, ["R1", "R2"]);
    expect(paths).toEqual(["/v1/checkpoints", single("R1")]);
    expect(driver.waits).toHaveLength(1);
    for (const { json } of answers) expect(json).toMatchObject(done);
  });

  it("go in as many requests as they need", async () => {
    const driver = new EndpointDriver();
    const runs = Array.from({ length: 150 }, (_, index) => `R${index}`);
    const { answers } = await called(driver, runs);
    const sizes = driver.api.requests.map(
      ({ body }) => (body as { checkpoints?: unknown[] }).checkpoints?.length,
    );
    expect(sizes.slice(0, 2)).toEqual([100, 50]);
    for (const { json } of answers) expect(json).toMatchObject(done);
  });
});
