import { StepfastError } from "@stepfast/protocol";
import { type Dispatcher, request } from "undici";
import type { Reply } from "./reply.ts";

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
  signal: AbortSignal;
  /** The answer is read no further. */
  maxAnswerBytes: number;
  dispatcher: Dispatcher;
}

/** Reads a body no further than the limit. Throws `output_too_large`. */
async function readCapped(body: Dispatcher.ResponseData["body"], maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let total = 0;
  // Leaving the loop early destroys the stream.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    total += chunk.byteLength;
    if (total > maxBytes) {
      throw new StepfastError("output_too_large", `The function's answer is over ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function plainHeaders(raw: Dispatcher.ResponseData["headers"]): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined) plain[name.toLowerCase()] = Array.isArray(value) ? (value[0] ?? "") : value;
  }
  return plain;
}

function redirectTarget(response: Dispatcher.ResponseData, from: URL): URL | undefined {
  const location = response.headers.location;
  if (!redirects.has(response.statusCode) || typeof location !== "string") return undefined;
  const target = new URL(location, from);
  if (target.protocol !== "http:" && target.protocol !== "https:") {
    throw new StepfastError(
      "sdk_unreachable",
      `${from.href} redirects to ${target.protocol}, which is not HTTP`,
    );
  }
  return target;
}

/** Sends and reads the answer. A POST's redirects are followed as POST with the same body, a 303 too (SERVER §3.2). */
export async function post(exchange: Exchange): Promise<Reply> {
  const { method = "POST" } = exchange;
  let url = exchange.url;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const response = await request(url, {
      method,
      headers: exchange.headers,
      body: exchange.body === "" ? null : exchange.body,
      signal: exchange.signal,
      dispatcher: exchange.dispatcher,
    });
    const target = method === "POST" ? redirectTarget(response, url) : undefined;
    if (target === undefined) {
      return {
        status: response.statusCode,
        headers: plainHeaders(response.headers),
        body: await readCapped(response.body, exchange.maxAnswerBytes),
      };
    }
    await response.body.dump();
    url = target;
  }
  throw new StepfastError(
    "sdk_unreachable",
    `${exchange.url.href} redirects more than ${MAX_REDIRECTS} times`,
  );
}
