import { Inngest } from "../../src/client/client.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import type { ServedFunction } from "../../src/serve/contract.ts";
import { Endpoint } from "../../src/serve/endpoint.ts";
import type { Context } from "../../src/types/handler.ts";
import type { Untyped } from "../../src/types/untyped.ts";
import { requestOf } from "../serve/endpoint-driver.ts";
import { RecordedApi } from "../serve/recorded-api.ts";
import { callBody } from "../serve/shop.ts";

export interface Op {
  op: string;
  id: string;
  data?: unknown;
  opts?: Record<string, unknown>;
  metadata?: unknown;
  error?: { message: string };
}

/** One function behind an endpoint, called a step a time; what it asks of the API is recorded. */
export class OneFunctionApp {
  readonly api = new RecordedApi();
  readonly logged: string[] = [];
  readonly client: Inngest<Untyped>;

  constructor(options: Partial<ClientOptions> = {}) {
    const warn = (message: unknown) => this.logged.push(String(message));
    const logger = { debug() {}, info() {}, warn, error: warn };
    const { fetch } = this.api as unknown as { fetch: typeof globalThis.fetch };
    this.client = new Inngest({
      id: "shop",
      isDev: true,
      baseUrl: "http://api.test",
      logger,
      fetch,
      ...options,
    });
  }

  /** Calls a function of this handler with these steps done, and gives its ops. */
  call(handler: (context: Context & Untyped) => unknown, steps: Record<string, unknown> = {}): Promise<Op[]> {
    const id = `f${this.client.funcs.length}`;
    return this.answer(this.client.createFunction({ id, triggers: { event: "go" } }, handler), { steps });
  }

  async answer(fn: ServedFunction, fields: Record<string, unknown>): Promise<Op[]> {
    const endpoint = new Endpoint({ client: this.client, functions: [fn], frameworkName: "test" });
    const query = `?fnId=${fn.id("shop")}&stepId=step`;
    const response = await endpoint.handle(requestOf({ method: "POST", query, body: callBody({}, fields) }));
    const answer: unknown = JSON.parse(response.body);
    return Array.isArray(answer) ? (answer as Op[]) : [{ op: "RunComplete", id: "", data: answer }];
  }

  /** What the API was asked to note. */
  get noted(): unknown[] {
    return this.api.requests.map(({ body }) => body);
  }
}
