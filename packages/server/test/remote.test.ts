import type { RemoteCall } from "@stepfast/engine";
import type { CallRequest } from "@stepfast/protocol";
import { afterEach, describe, expect, test } from "vitest";
import { httpRemote } from "../src/remote/remote.ts";
import { type Handler, reply, type SdkStub, startSdkStub } from "./sdk-stub.ts";

const request: CallRequest = {
  event: { name: "a", data: { n: 1 }, user: {}, id: "e", ts: 1 },
  events: [{ name: "a", data: { n: 1 }, user: {}, id: "e", ts: 1 }],
  steps: { abc: { data: 1 } },
  ctx: {
    run_id: "RUN",
    env: "",
    step_id: "step",
    attempt: 0,
    max_attempts: 5,
    stack: { stack: ["abc"], current: 1 },
    job_id: "JOB",
    disable_immediate_execution: false,
    use_api: false,
  },
  version: -1,
  use_api: false,
};

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

function call(url: string, over: Partial<RemoteCall> = {}): RemoteCall {
  return {
    url,
    functionId: "shop-pay",
    appId: "shop",
    stepId: "step",
    request,
    requestId: "REQ",
    generation: 3,
    ...over,
  };
}

async function stub(handler: Handler): Promise<SdkStub> {
  const made = await startSdkStub(handler);
  opened.push(made);
  return made;
}

function remote(options: { timeoutMs?: number; maxAnswerBytes?: number } = {}) {
  const made = httpRemote(options);
  opened.push(made);
  return made;
}

const answerTo = async (handler: Handler) => await remote().call(call((await stub(handler)).url));

describe("the request", () => {
  test("goes to the step's URL with the call's headers and body", async () => {
    const sdk = await stub((_request, response) => reply(response, 200, null));
    await remote().call(call(`${sdk.url}?deployId=9`, { stepId: "f00" }));
    const [seen] = sdk.seen;
    expect(seen?.method).toBe("POST");
    expect(Object.fromEntries(seen?.url.searchParams ?? [])).toEqual({
      deployId: "9",
      fnId: "shop-pay",
      stepId: "f00",
    });
    expect(seen?.headers).toMatchObject({
      "content-type": "application/json",
      "x-inngest-server-kind": "dev",
      "x-inngest-req-version": "-1",
      "x-run-id": "RUN",
      "x-inngest-step-id": "f00",
      "x-request-id": "REQ",
      "x-inngest-generation-id": "3",
      "x-inngest-job-id": "JOB",
    });
    expect(JSON.parse(seen?.body ?? "")).toEqual(request);
  });

  test("what the registered address says of function and step is replaced", async () => {
    const sdk = await stub((_request, response) => reply(response, 200, null));
    const made = remote();
    const url = `${sdk.url}?stepId=old&a=b%20c&fnId=old#part`;
    for (const stepId of ["step", "a&b=c é"]) await made.call(call(url, { stepId }));
    const asked = sdk.seen.map((seen) => [...seen.url.searchParams]);
    const common = [
      ["a", "b c"],
      ["fnId", "shop-pay"],
    ];
    expect(asked).toEqual([
      [...common, ["stepId", "step"]],
      [...common, ["stepId", "a&b=c é"]],
    ]);
  });

  test("over 4 MB it leaves events and steps to be fetched", async () => {
    const sdk = await stub((_request, response) => reply(response, 200, null));
    const big = { ...request, steps: { abc: { data: "é".repeat(2.2 * 1024 * 1024) } } };
    await remote().call(call(sdk.url, { request: big }));
    const body = JSON.parse(sdk.seen[0]?.body ?? "");
    expect(body).toMatchObject({ event: request.event, events: [], steps: {}, use_api: true });
    expect(body.ctx).toMatchObject({ use_api: true, run_id: "RUN", stack: { stack: ["abc"] } });
  });

  test.each([301, 302, 303, 307, 308])("a %i is followed as the same POST", async (status) => {
    const sdk = await stub((seen, response) => {
      if (seen.url.pathname === "/moved") return reply(response, 200, "7");
      response.writeHead(status, { location: "/moved?fnId=x" }).end("gone");
    });
    expect(await remote().call(call(sdk.url))).toEqual({ kind: "complete", output: 7 });
    expect(sdk.seen[1]).toMatchObject({ method: "POST", body: JSON.stringify(request) });
  });

  test("redirects without end are given up", async () => {
    const answer = await answerTo((_request, response) =>
      response.writeHead(307, { location: "/again" }).end(),
    );
    expect(answer).toMatchObject({ kind: "error", noRetry: false, error: { code: "sdk_unreachable" } });
  });
});

describe("the answer", () => {
  test("200 is the function's output", async () => {
    const answer = await answerTo((_request, response) =>
      reply(response, 200, { ok: 1 }, { "x-inngest-req-version": "2" }),
    );
    expect(answer).toEqual({ kind: "complete", output: { ok: 1 }, version: 2 });
  });

  test("200 with no-retry is a failure", async () => {
    const answer = await answerTo((_request, response) =>
      reply(response, 200, { message: "no" }, { "x-inngest-no-retry": "true" }),
    );
    expect(answer).toMatchObject({ kind: "error", noRetry: true, error: { message: "no" } });
  });

  test("an answer may come in pieces", async () => {
    const answer = await answerTo((_request, response) => {
      const [bytes, sdk] = [Buffer.from('"é"'), { "x-inngest-sdk": "js:v1" }];
      response.writeHead(200, sdk).write(bytes.subarray(0, 2), () => response.end(bytes.subarray(2)));
    });
    expect(answer).toEqual({ kind: "complete", output: "é" });
  });

  test("206 is a list of ops, cleaned", async () => {
    const ops = [
      {
        id: "1",
        op: "StepRun",
        name: "a",
        displayName: "A",
        opts: { input: [1] },
        data: { n: 1 },
        userland: { id: "a", index: 1 },
        timing: { a: 1, b: 2 },
        metadata: [],
        mode: "x",
      },
      { id: "2", op: "aigateway", opts: null, data: null },
      {
        id: "3",
        op: "StepError",
        error: { name: "E", message: "no", extra: 1, cause: { name: "C", message: "root" } },
      },
    ];
    const answer = await answerTo((_request, response) =>
      reply(response, 206, ops, { "x-inngest-req-version": "1" }),
    );
    expect(answer).toEqual({
      kind: "ops",
      noRetry: false,
      version: 1,
      ops: [
        {
          id: "1",
          op: "StepRun",
          name: "a",
          displayName: "A",
          opts: { input: [1] },
          data: { n: 1 },
          userland: { id: "a", index: 1 },
          timing: { a: 1, b: 2 },
        },
        { id: "2", op: "AIGateway", data: null },
        {
          id: "3",
          op: "StepError",
          error: { name: "E", message: "no", cause: { name: "C", message: "root" } },
        },
      ],
    });
  });

  test("206 with one op alone, and what it says of retrying", async () => {
    const headers = { "x-inngest-no-retry": "true", "retry-after": "30" };
    const answer = await answerTo((_request, response) =>
      reply(response, 206, { id: "1", op: "RunComplete", data: 7 }, headers),
    );
    expect(answer).toEqual({
      kind: "ops",
      ops: [{ id: "1", op: "RunComplete", data: 7 }],
      noRetry: true,
      retryAfter: "30",
    });
  });

  test.each([
    ["an unknown opcode", [{ id: "1", op: "Explode" }], "Explode"],
    ["an op without id", [{ op: "StepRun" }], "no id"],
    ["no array", "7", "array"],
    ["no JSON", "<html>", "JSON"],
  ])("206 with %s is an error that says so", async (_what, body, text) => {
    const answer = await answerTo((_request, response) => reply(response, 206, body));
    expect(answer).toMatchObject({
      kind: "error",
      noRetry: false,
      error: { message: expect.stringContaining(text) },
    });
  });

  test("400 and 500 carry the function's error", async () => {
    const error = { name: "TypeError", message: "boom", stack: "s", code: "E1", __serialized: true };
    const final = await answerTo((_request, response) =>
      reply(response, 400, error, { "x-inngest-no-retry": "true" }),
    );
    expect(final).toEqual({ kind: "error", error, noRetry: true });
    const again = await answerTo((_request, response) =>
      reply(response, 500, error, { "x-inngest-no-retry": "false", "retry-after": "7" }),
    );
    expect(again).toEqual({ kind: "error", error, noRetry: false, retryAfter: "7" });
  });

  test("a step that is not there is told with those that are", async () => {
    const body = {
      error: "Could not find step",
      requestedStep: "x",
      foundSteps: [{ id: "1", name: "charge" }],
      totalFoundSteps: 1,
    };
    const answer = await answerTo((_request, response) => reply(response, 500, body));
    expect(answer).toMatchObject({
      error: { message: expect.stringMatching(/Could not find step.*charge/) },
    });
  });

  test("a 401 whose headers were taken off is still the SDK's", async () => {
    const answer = await answerTo((_request, response) =>
      response.writeHead(401, { "x-inngest-sdk-handled": "true" }).end('{"message":"Unauthorized"}'),
    );
    expect(answer).toMatchObject({ kind: "error", noRetry: false, error: { code: "unauthorized" } });
    expect(JSON.stringify(answer)).toContain("isDev");
  });

  test("201 wraps the real one, after spaces", async () => {
    const answer = await answerTo((_request, response) => {
      response.writeHead(201, { "x-inngest-sdk": "x" });
      response.write("  ");
      const inner = {
        status: 206,
        headers: { "X-Inngest-Req-Version": "2", "Retry-After": "3" },
        body: '[{"id":"1","op":"StepRun"}]',
      };
      response.end(JSON.stringify(inner));
    });
    expect(answer).toEqual({
      kind: "ops",
      ops: [{ id: "1", op: "StepRun" }],
      noRetry: false,
      retryAfter: "3",
      version: 2,
    });
  });

  test("201 that was cut off is worth another attempt", async () => {
    const answer = await answerTo((_request, response) => {
      response.writeHead(201, { "x-inngest-sdk": "x" }).end("   ");
    });
    expect(answer).toMatchObject({ kind: "error", noRetry: false, error: { code: "sdk_unreachable" } });
  });

  test.each([200, 404, 502])("a %i that is no SDK's", async (status) => {
    const answer = await answerTo((_request, response) => response.writeHead(status).end("<html>"));
    expect(answer).toMatchObject({
      kind: "error",
      noRetry: false,
      error: { code: "not_an_sdk", message: expect.stringContaining(String(status)) },
    });
  });

  test("over the limit is not read and not asked for again", async () => {
    const sdk = await stub((_request, response) => reply(response, 200, `"${"x".repeat(1024 * 1024)}"`));
    const answer = await remote({ maxAnswerBytes: 1024 * 1024 }).call(call(sdk.url));
    expect(answer).toMatchObject({ kind: "error", noRetry: true, error: { code: "output_too_large" } });
  });
});

describe("when nothing comes back", () => {
  test("nobody listens", async () => {
    const sdk = await startSdkStub(() => {});
    await sdk.close();
    const answer = await remote().call(call(sdk.url));
    expect(answer).toMatchObject({ kind: "error", noRetry: false, error: { code: "sdk_unreachable" } });
  });

  test("the connection breaks", async () => {
    const answer = await answerTo((_request, response) => response.destroy());
    expect(answer).toMatchObject({ kind: "error", noRetry: false, error: { code: "sdk_unreachable" } });
  });

  test("time is up", async () => {
    const sdk = await stub(() => {});
    const answer = await remote({ timeoutMs: 20 }).call(call(sdk.url));
    expect(answer).toMatchObject({
      kind: "error",
      error: { code: "sdk_unreachable", message: expect.stringContaining("20 ms") },
    });
  });

  test("time is up in the middle of the answer", async () => {
    const sdk = await stub((_request, response) => {
      response.writeHead(200, { "x-inngest-sdk": "js:v1" }).write("[");
    });
    const answer = await remote({ timeoutMs: 100 }).call(call(sdk.url));
    expect(answer).toMatchObject({ kind: "error", error: { message: expect.stringContaining("100 ms") } });
  });

  test("the answer breaks off", async () => {
    const answer = await answerTo((_request, response) => {
      response.writeHead(200, { "content-length": "9" }).write('"ab');
      response.socket?.end();
    });
    expect(answer).toMatchObject({ kind: "error", noRetry: false, error: { code: "sdk_unreachable" } });
  });

  test("the address is none", async () => {
    const answer = await remote().call(call("nonsense"));
    expect(answer).toMatchObject({ kind: "error", error: { code: "sdk_unreachable" } });
  });
});
