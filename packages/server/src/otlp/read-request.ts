import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { limits, StepfastError } from "@stepfast/protocol";
import { readBytes } from "../http/body.ts";
import { batchesOfJson } from "./json.ts";
import type { OtlpBatch } from "./otlp-span.ts";
import { batchesOfProtobuf } from "./protobuf.ts";

const unzip = promisify(gunzip);

export type Encoding = "json" | "protobuf";

/** Throws `unsupported_media_type`. */
export function encodingOf(request: Request): Encoding {
  const type = (request.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type === "application/json") return "json";
  if (type === "application/x-protobuf" || type === "application/protobuf") return "protobuf";
  throw new StepfastError(
    "unsupported_media_type",
    'Send OTLP with "content-type: application/json" or "content-type: application/x-protobuf"',
  );
}

async function unpacked(packed: Uint8Array): Promise<Uint8Array> {
  try {
    return await unzip(packed, { maxOutputLength: limits.spansRequestBytes });
  } catch (cause) {
    const isTooLarge = (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    if (!isTooLarge) throw new StepfastError("invalid_request", "The body is not gzip", { cause });
    throw new StepfastError(
      "body_too_large",
      `The body is over ${limits.spansRequestBytes} bytes when it is unpacked: send less at a time`,
    );
  }
}

async function bodyOf(request: Request): Promise<Uint8Array> {
  const packing = (request.headers.get("content-encoding") ?? "identity").trim().toLowerCase();
  if (packing !== "gzip" && packing !== "identity") {
    throw new StepfastError(
      "unsupported_media_type",
      `Send the body as it is, or with gzip, not with "${packing}"`,
    );
  }
  const body = await readBytes(request, limits.spansRequestBytes);
  return packing === "gzip" ? await unpacked(body) : body;
}

/** What an exporter sends (OTLP over HTTP). Throws `unsupported_media_type`, `body_too_large`, `invalid_json`, `invalid_request`. */
export async function readExport(request: Request): Promise<OtlpBatch[]> {
  const encoding = encodingOf(request);
  const body = await bodyOf(request);
  return encoding === "json" ? batchesOfJson(Buffer.from(body).toString("utf8")) : batchesOfProtobuf(body);
}
