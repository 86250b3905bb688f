import { StepfastError } from "@stepfast/protocol";
import type { Dispatcher } from "undici";
import type { Reply } from "./reply.ts";
import { ReplyReader } from "./reply-reader.ts";

const MAX_REDIRECTS = 10;
const redirects = new Set([301, 302, 303, 307, 308]);

export interface Exchange {
  url: URL;
  /** Default `POST`. With any other one, redirects are not followed. */
  method?: Dispatcher.HttpMethod | undefined;
  headers: Record<string, string>;
  /** Empty: none. */
  body: string;
  /** What its signature is made over. Default: the body. */
  signedText?: string | undefined;
  /** For all of it, redirects and waiting for a free connection included. */
  timeoutMs: number;
  /** The answer is read no further. */
  maxAnswerBytes: number;
  dispatcher: Dispatcher;
}

function redirectTarget({ status, headers: { location } }: Reply, from: URL): URL | undefined {
  if (!redirects.has(status) || location === undefined) return undefined;
  const target = new URL(location, from);
  if (target.protocol !== "http:" && target.protocol !== "https:") {
    throw new StepfastError(
      "sdk_unreachable",
      `${from.href} redirects to ${target.protocol}, which is not HTTP`,
    );
  }
  return target;
}

/** One request, given up `timeoutMs` after `begunAt`. */
async function send(url: URL, exchange: Exchange, begunAt: number): Promise<Reply> {
  const { dispatcher, method = "POST", headers, body, timeoutMs, maxAnswerBytes } = exchange;
  const reader = new ReplyReader(maxAnswerBytes);
  const late = () => reader.giveUp(new Error(`no answer within ${timeoutMs} ms`));
  const timer = setTimeout(late, timeoutMs - (performance.now() - begunAt));
  try {
    const { origin, pathname, search } = url;
    const path = pathname + search;
    dispatcher.dispatch({ origin, path, method, headers, body: body === "" ? null : body }, reader);
    return await reader.done;
  } finally {
    clearTimeout(timer);
  }
}

/** Sends and reads the answer. A POST's redirects are followed as POST with the same body, a 303 too (SERVER §3.2). */
export async function post(exchange: Exchange): Promise<Reply> {
  const { method = "POST" } = exchange;
  const begunAt = performance.now();
  let url = exchange.url;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const reply = await send(url, exchange, begunAt);
    const target = method === "POST" ? redirectTarget(reply, url) : undefined;
    if (target === undefined) return reply;
    url = target;
  }
  throw new StepfastError(
    "sdk_unreachable",
    `${exchange.url.href} redirects more than ${MAX_REDIRECTS} times`,
  );
}
