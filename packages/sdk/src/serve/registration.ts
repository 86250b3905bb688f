import { headers as names, type RegisterRequest } from "@stepfast/protocol";
import { version } from "../version.ts";
import { callApi } from "./api.ts";
import { isRecord } from "./body.ts";
import type { FunctionCatalog } from "./catalog.ts";
import type { Reply, ServeRequest } from "./exchange.ts";
import { type HeaderSource, identityHeaders } from "./response-headers.ts";
import type { RegisterOptions } from "./serve-options.ts";

export interface SyncSource extends HeaderSource {
  catalog: FunctionCatalog;
  options: RegisterOptions;
}

/** What this SDK can do, as it tells the server. */
export const capabilities: Record<string, string> = { trust_probe: "v1", connect: "v1" };

/** Registers the functions with the API and repeats its verdict to the caller (PROTOCOL §2.1). */
export async function register(source: SyncSource, request: ServeRequest, url: URL): Promise<Reply> {
  const deployId = request.url.searchParams.get("deployId") ?? undefined;
  const response = await callApi(source.client, {
    method: "POST",
    path: deployId ? `fn/register?deployId=${encodeURIComponent(deployId)}` : "fn/register",
    headers: { ...identityHeaders(source, request), [names.syncKind]: "out_of_band" },
    body: registration(source, url, deployId),
  });
  return {
    ...verdict(response.status, await readJson(response)),
    headers: { [names.syncKind]: "out_of_band" },
  };
}

function registration(
  { client, catalog, frameworkName }: SyncSource,
  url: URL,
  deployId?: string,
): RegisterRequest {
  return {
    url: url.href,
    deployType: "ping",
    framework: frameworkName,
    appName: client.id,
    functions: catalog.configs(url.href),
    sdk: `js:v${version}`,
    v: "0.1",
    ...(deployId ? { deployId } : {}),
    capabilities,
    ...(client.appVersion ? { appVersion: client.appVersion } : {}),
  };
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

function verdict(httpStatus: number, answer: unknown): Reply {
  const fields = isRecord(answer) ? answer : {};
  const accepted = httpStatus >= 200 && httpStatus < 300 && isRecord(answer);
  const fallback = accepted ? 200 : httpStatus >= 400 ? httpStatus : 502;
  const status = isHttpStatus(fields.status) ? fields.status : fallback;
  const message = typeof fields.error === "string" ? fields.error : defaultMessage(accepted, httpStatus);
  return { status, json: { message, modified: fields.modified === true } };
}

// Of these a response has no body, and ours has one.
const BODILESS = [204, 205, 304];

function isHttpStatus(value: unknown): value is number {
  return (
    Number.isInteger(value) &&
    Number(value) >= 200 &&
    Number(value) <= 599 &&
    !BODILESS.includes(Number(value))
  );
}

function defaultMessage(accepted: boolean, httpStatus: number): string {
  return accepted
    ? "Successfully registered"
    : `The API answered ${httpStatus} and no JSON: is the client's baseUrl its address?`;
}
