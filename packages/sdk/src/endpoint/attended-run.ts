import {
  type CallAnswer,
  COMPLETE_OP_ID,
  type EventPayload,
  type Op,
  ulidFactory,
  type WireError,
} from "@stepfast/protocol";
import { failureBehind } from "../execution/answer.ts";
import { completeOp } from "../execution/step-ops.ts";
import type { ServeClient } from "../serve/contract.ts";
import { DEFAULT_RETRIES, runEndpoint } from "./endpoint-run.ts";
import { EventStream } from "./event-stream.ts";
import { httpEvent } from "./http-event.ts";
import type { EndpointOptions } from "./options.ts";
import { RunReports } from "./run-api.ts";
import { responseOf, type StoredResponse, storedResponse } from "./stored-response.ts";

const newUlid = ulidFactory((length) => crypto.getRandomValues(new Uint8Array(length)));

export interface AttendedRunParts {
  client: ServeClient;
  options: EndpointOptions;
  request: Request;
  handler: (request: Request) => unknown;
}

/** How the caller's request ended. */
type End =
  | { kind: "response"; response: Response; stored: StoredResponse }
  | { kind: "failed"; message: string; body: unknown; status: number }
  /** The run goes on without the caller. */
  | { kind: "async"; token: string };

/** A request of a caller's: the run is made here, and goes on elsewhere only if it has to wait. */
export class AttendedRun {
  readonly #parts: AttendedRunParts;
  readonly #runId = newUlid(Date.now());
  readonly #stream: EventStream | undefined;
  #response: Response | undefined;

  constructor(parts: AttendedRunParts) {
    this.#parts = parts;
    const wantsEvents = parts.request.headers.get("accept")?.includes("text/event-stream");
    this.#stream = wantsEvents ? new EventStream(this.#runId) : undefined;
  }

  async respond(): Promise<Response> {
    const { request, options } = this.#parts;
    const event = await httpEvent(request, options.functionId);
    const stream = this.#stream;
    if (!stream) return this.#answer(await this.#run(event));
    void this.#run(event).then(
      (end) => {
        if (end.kind === "response") stream.respond(end.stored);
        else if (end.kind === "failed") stream.fail(end.message);
        else stream.end();
      },
      (error: unknown) => stream.fail(error instanceof Error ? error.message : String(error)),
    );
    return new Response(stream.body, {
      headers: { "content-type": "text/event-stream", "cache-control": "no-cache, no-transform" },
    });
  }

  async #run(event: EventPayload): Promise<End> {
    const { client, options, request, handler } = this.#parts;
    const retries = options.retries ?? DEFAULT_RETRIES;
    const reports = new RunReports(client, { runId: this.#runId, event, retries }, (run) => {
      const url = new URL("v1/realtime/sse", client.apiBaseUrl);
      url.searchParams.set("token", run.realtime_token);
      this.#stream?.redirect(run.run_id, url.href);
    });
    const answer = await runEndpoint({
      client,
      options,
      name: `${request.method} ${new URL(request.url).pathname}`,
      request: this.#call(event, retries + 1),
      stream: this.#stream,
      checkpoint: async (ops) => void (await reports.tell(ops)),
      handler: async () => {
        this.#response = responseOf(await handler(request.clone()));
        return storedResponse(this.#response, this.#stream !== undefined);
      },
    });
    return this.#end(answer, reports);
  }

  #call(event: EventPayload, maxAttempts: number) {
    const ctx = {
      run_id: this.#runId,
      env: "",
      step_id: "step",
      attempt: 0,
      max_attempts: maxAttempts,
      stack: { stack: [], current: 0 },
      disable_immediate_execution: false,
      use_api: false,
    };
    return { event, events: [event], steps: {}, ctx, version: 2 };
  }

  async #end(answer: CallAnswer, reports: RunReports): Promise<End> {
    const ops = opsOf(answer);
    const complete = ops.find((op) => op.op === "RunComplete");
    if (answer.kind === "error" && answer.error.name === "StaleDispatchError")
      return failed(answer.error, 409);
    const { token } = await reports.tell(ops);
    if (complete && this.#response) {
      return {
        kind: "response",
        response: this.#response,
        stored: complete.data as unknown as StoredResponse,
      };
    }
    const failure = ops.find(({ id, op }) => id === COMPLETE_OP_ID && op === "StepFailed");
    if (failure?.error) return failed(failure.error, 500);
    return { kind: "async", token };
  }

  async #answer(end: End): Promise<Response> {
    if (end.kind === "response") return end.response;
    if (end.kind === "failed") return Response.json(end.body, { status: end.status });
    const { asyncResponse = "redirect" } = this.#parts.options;
    const { token } = end;
    if (asyncResponse === "token") return Response.json({ run_id: this.#runId, token });
    const location = await this.#location(token);
    return new Response(null, { status: 302, headers: { location } });
  }

  async #location(token: string): Promise<string> {
    const { client, options, request } = this.#parts;
    const { asyncRedirectUrl } = options;
    const runId = this.#runId;
    if (typeof asyncRedirectUrl === "function") return asyncRedirectUrl({ runId, token });
    const url =
      asyncRedirectUrl === undefined
        ? new URL(`v1/http/runs/${runId}/output`, client.apiBaseUrl)
        : new URL(asyncRedirectUrl, request.url);
    if (asyncRedirectUrl !== undefined) url.searchParams.set("runId", runId);
    url.searchParams.set("token", token);
    return url.href;
  }
}

/** The answer as ops: what is told of the run last. */
function opsOf(answer: CallAnswer): Op[] {
  if (answer.kind === "ops") return answer.ops;
  if (answer.kind === "complete") return [completeOp(answer.output)];
  const behind = failureBehind([], answer);
  return behind.kind === "ops" ? behind.ops : [{ id: COMPLETE_OP_ID, op: "StepError", error: answer.error }];
}

function failed({ name, message }: WireError, status: number): End {
  return { kind: "failed", message, status, body: { error: message, name, status } };
}
