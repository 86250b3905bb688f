import { Endpoint } from "../../src/serve/endpoint.ts";
import type { ServeRequest, ServeResponse } from "../../src/serve/exchange.ts";
import type { RegisterOptions } from "../../src/serve/serve-options.ts";
import { RecordedApi } from "./recorded-api.ts";
import { type Shop, shop } from "./shop.ts";

export interface Asked {
  method?: string;
  query?: string;
  headers?: Record<string, string>;
  body?: unknown;
  env?: Record<string, string>;
}

export interface Answered extends ServeResponse {
  json: unknown;
}

/** The shop's endpoint without a framework, with an API that records and waits that take no time. */
export class EndpointDriver {
  readonly api = new RecordedApi();
  readonly waits: number[] = [];
  readonly shop: Shop;
  readonly endpoint: Endpoint;

  constructor(options: RegisterOptions & { client?: Parameters<typeof shop>[0] } = {}) {
    const { client, ...serveOptions } = options;
    this.shop = shop({ fetch: this.api.fetch as typeof fetch, baseUrl: "http://api.test", ...client });
    this.endpoint = new Endpoint({
      ...serveOptions,
      client: this.shop.client,
      functions: this.shop.functions,
      frameworkName: "test",
      nowMs: () => 1_000,
      sleep: async (ms) => {
        this.waits.push(ms);
      },
    });
  }

  async ask(asked: Asked = {}): Promise<Answered> {
    const response = await this.endpoint.handle(requestOf(asked));
    return { ...response, json: response.body === "" ? undefined : JSON.parse(response.body) };
  }

  /** Calls a function of the shop. */
  call(id: string, body: unknown, headers: Record<string, string> = {}, stepId = "step"): Promise<Answered> {
    return this.ask({ method: "POST", query: `?fnId=shop-${id}&stepId=${stepId}`, headers, body });
  }
}

export function requestOf({ method = "GET", query = "", headers = {}, body, env }: Asked): ServeRequest {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method,
    url: new URL(`http://app.test/api/inngest${query}`),
    header: (name) => lower.get(name),
    body: typeof body === "string" || body === undefined ? body : JSON.stringify(body),
    ...(env ? { env } : {}),
  };
}
