import type { Attributes, Span } from "@opentelemetry/api";
import type { Inngest } from "../client/client.ts";
import { wantedRun } from "../execution/ambient.ts";
import { follow } from "../execution/following.ts";
import { wantedBody } from "../execution/nesting.ts";
import type { Untyped } from "../types/untyped.ts";
import type { EndedSpan } from "./otlp.ts";
import { SpanExport } from "./span-export.ts";

type Client = Inngest<Untyped>;

/**
 * Sends spans that user code makes within a run to the server, which shows them in the run's trace, under their step
 * (PROTOCOL §8). It is a span processor of OpenTelemetry: give it to a tracer provider of your own. Spans outside of
 * runs, and of other clients where one is given, are let pass.
 */
export class InngestSpanProcessor {
  readonly #clients = new Set<Client>();
  readonly #exports = new Map<Client, SpanExport>();
  readonly #open = new WeakMap<object, { client: Client; attributes: Attributes }>();

  /** Absent: spans of the runs of all clients. */
  constructor(client?: Client) {
    follow();
    if (client) this.#clients.add(client);
  }

  /** Spans of this client's runs, too. */
  add(client: Client): void {
    this.#clients.add(client);
  }

  onStart(span: Span, _parentContext?: unknown): void {
    const run = wantedRun();
    if (!run) return;
    const { call } = run.replay;
    const { client } = call.fn;
    if (this.#clients.size > 0 && !this.#clients.has(client)) return;
    this.#open.set(span, { client, attributes: placeOf(call.request.ctx.run_id) });
  }

  onEnd(span: EndedSpan): void {
    const open = this.#open.get(span);
    if (!open || isOwnRequest(span, open.client)) return;
    this.#exportOf(open.client).add({ span, attributes: open.attributes });
  }

  #exportOf(client: Client): SpanExport {
    const known = this.#exports.get(client);
    if (known) return known;
    const made = new SpanExport(client);
    this.#exports.set(client, made);
    return made;
  }

  /** Resolves once what has ended was sent, or given up: nothing of the app fails because of it. */
  async forceFlush(): Promise<void> {
    await Promise.all([...this.#exports.values()].map((each) => each.flush()));
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
  }
}

/** Where in a run the code is, as the server reads it. */
function placeOf(runId: string): Attributes {
  const attributes: Attributes = { "sdk.run.id": runId };
  const step = wantedBody()?.step;
  if (!step) return attributes;
  attributes["inngest.step.id"] = step.userId;
  attributes["inngest.step.index"] = step.index ?? 0;
  attributes["inngest.step.hash"] = step.id;
  attributes["inngest.step.attempt"] = step.attempt;
  return attributes;
}

/** What the SDK asks of the server is no work of the user's, also where all requests are traced. */
function isOwnRequest({ attributes }: EndedSpan, { apiBaseUrl }: Client): boolean {
  const url = attributes["url.full"] ?? attributes["http.url"];
  return typeof url === "string" && url.startsWith(apiBaseUrl);
}
