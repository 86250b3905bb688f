import { describe, expect, it } from "vitest";
import { type HandlerResponse, InngestCommHandler } from "../../src/serve/comm-handler.ts";
import type { ServeResponse, StreamedResponse } from "../../src/serve/exchange.ts";
import { callBody, shop } from "./shop.ts";

interface Ticket {
  verb: string;
  address: string;
  fields?: Record<string, string>;
  parcel?: unknown;
}

type Output = { status: number; body: unknown; streamed: boolean };

/** An adapter for a framework that does not exist. */
function ticketAdapter(extra: Partial<HandlerResponse<Output>> = {}, streaming = false) {
  const handler = new InngestCommHandler({
    ...shop(),
    frameworkName: "ticket",
    streaming,
    handler: (ticket: Ticket): HandlerResponse<Output> => ({
      method: () => ticket.verb,
      url: () => new URL(ticket.address),
      headers: (name) => ticket.fields?.[name],
      body: () => ticket.parcel,
      transformResponse: ({ status, body }: ServeResponse) => ({ status, body, streamed: false }),
      ...extra,
    }),
  });
  return handler.createHandler();
}

const address = "http://app.test/jobs?fnId=shop-done&stepId=step";

describe("InngestCommHandler", () => {
  it("serves through a custom adapter, with a body that is text or parsed", async () => {
    const serve = ticketAdapter();
    const expected = { status: 200, body: '{"order":7}', streamed: false };
    expect(await serve({ verb: "POST", address, parcel: JSON.stringify(callBody()) })).toEqual(expected);
    expect(await serve({ verb: "POST", address, parcel: callBody() })).toEqual(expected);
    expect((await serve({ verb: "GET", address: "http://app.test/jobs" })).status).toBe(200);
  });

  it("takes the query from where the adapter keeps it", async () => {
    const query: Record<string, string> = { fnId: "shop-done", stepId: "step" };
    const serve = ticketAdapter({ queryString: (key) => query[key] });
    const answer = await serve({ verb: "POST", address: "http://app.test/jobs", parcel: callBody() });
    expect(answer).toMatchObject({ status: 200, body: '{"order":7}' });
  });

  it("takes variables from the request", async () => {
    const serve = ticketAdapter({ env: async () => ({ INNGEST_EVENT_KEY: "key" }) });
    const answer = await serve({ verb: "GET", address: "http://app.test/jobs" });
    expect(JSON.parse(String(answer.body))).toMatchObject({ has_event_key: true });
  });

  it("streams if the adapter can", async () => {
    const transformStreamingResponse = ({ status, body }: StreamedResponse) => ({
      status,
      body,
      streamed: true,
    });
    const answer = await ticketAdapter(
      { transformStreamingResponse },
      true,
    )({ verb: "POST", address, parcel: callBody() });
    expect(answer).toMatchObject({ status: 201, streamed: true });
    const wrapped = JSON.parse(await new Response(answer.body as ReadableStream).text());
    expect(wrapped).toMatchObject({ status: 200, body: '{"order":7}' });
  });

  it("answers 500 when the adapter fails to read the request", async () => {
    const broken = () => {
      throw new Error("the parcel is lost");
    };
    for (const extra of [{ body: broken }, { url: broken }, { headers: broken }, { method: broken }]) {
      const answer = await ticketAdapter(extra)({ verb: "POST", address, parcel: callBody() });
      expect(answer.status).toBe(500);
      expect(JSON.parse(String(answer.body))).toMatchObject({
        type: "internal",
        message: "the parcel is lost",
      });
    }
  });

  it("refuses two functions with one id", () => {
    const { client, functions } = shop();
    const options = {
      client,
      functions: [...functions, ...functions.slice(0, 1)],
      frameworkName: "x",
      handler: broken,
    };
    function broken(): HandlerResponse<unknown> {
      throw new Error("not called");
    }
    expect(() => new InngestCommHandler(options)).toThrow(
      expect.objectContaining({ code: "duplicate_function" }),
    );
  });
});
