import { limits, StepfastError } from "@stepfast/protocol";

function tooLarge(maxBytes: number): StepfastError {
  return new StepfastError("body_too_large", `The body is over ${maxBytes} bytes: send less at a time`);
}

/** What has a body: a request or a response. */
export type Bodied = Pick<Request, "headers" | "body" | "text">;

async function readStream(body: ReadableStream, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    total += chunk.byteLength;
    if (total > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The body as text, read no further than `maxBytes`. Throws `body_too_large`, and `invalid_request` if it breaks off. */
export async function readText(message: Bodied, maxBytes: number): Promise<string> {
  const declared = message.headers.get("content-length");
  if (declared !== null && Number(declared) > maxBytes) throw tooLarge(maxBytes);
  try {
    // HTTP holds a sender to its word, and this is much faster than reading a stream.
    if (declared !== null) return await message.text();
    return message.body ? await readStream(message.body, maxBytes) : "";
  } catch (error) {
    if (StepfastError.is(error)) throw error;
    throw new StepfastError("invalid_request", "The body broke off before its end", { cause: error });
  }
}

/** The body as bytes, read no further than `maxBytes`. Throws as {@link readText}. */
export async function readBytes(message: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(message.headers.get("content-length") ?? Number.NaN);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  try {
    const chunks: Uint8Array[] = [];
    let total = 0;
    for await (const chunk of (message.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
      total += chunk.byteLength;
      if (total > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (StepfastError.is(error)) throw error;
    throw new StepfastError("invalid_request", "The body broke off before its end", { cause: error });
  }
}

/** Text as JSON. Throws `invalid_json`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepfastError("invalid_json", `The request body is not JSON: ${reason}`);
  }
}

function isJsonType(contentType: string): boolean {
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return type === "" || type === "application/json" || type.endsWith("+json");
}

/** Bodies come as they are: whoever unpacks one has to be on guard against what it may grow to. */
export function refusePacked(request: Request): void {
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (encoding.trim().toLowerCase() === "identity") return;
  throw new StepfastError(
    "unsupported_media_type",
    `Send the body as it is: this server does not unpack "${encoding}"`,
  );
}

/**
 * A JSON object from a request to the API. Throws `unsupported_media_type` (a form must never pass for JSON: browsers
 * send forms across origins without asking), `body_too_large`, `invalid_json`, `invalid_request`.
 */
export async function readObject(
  request: Request,
  maxBytes: number = limits.requestBytes,
): Promise<Record<string, unknown>> {
  if (!isJsonType(request.headers.get("content-type") ?? "")) {
    throw new StepfastError(
      "unsupported_media_type",
      'Send JSON with the header "content-type: application/json"',
    );
  }
  refusePacked(request);
  const value = parseJson(await readText(request, maxBytes));
  if (!isRecord(value)) throw new StepfastError("invalid_request", "The request body must be a JSON object");
  return value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
