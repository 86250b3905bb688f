import { headers as names } from "@stepfast/protocol";
import { type Environment, platformOf } from "../client/environment.ts";
import { sdkHeaderValue } from "../version.ts";
import type { ServeClient } from "./contract.ts";
import type { ResponseHeaders, ServeRequest } from "./exchange.ts";

export interface HeaderSource {
  client: ServeClient;
  frameworkName: string;
  env: Environment;
}

/** The headers by which this SDK names itself, on responses and on what it sends to the API (PROTOCOL §1.2). */
export function identityHeaders(
  { client, frameworkName, env }: HeaderSource,
  request?: ServeRequest,
): ResponseHeaders {
  const headers: ResponseHeaders = {
    "content-type": "application/json",
    "user-agent": sdkHeaderValue,
    [names.sdk]: sdkHeaderValue,
    [names.sdkHandled]: "true",
    [names.framework]: frameworkName,
  };
  const platform = platformOf(env);
  if (platform) headers[names.platform] = platform;
  if (client.env) headers[names.env] = client.env;
  const serverKind = request?.header(names.serverKind);
  if (serverKind === "dev" || serverKind === "cloud") headers[names.expectedServerKind] = serverKind;
  return printable(headers);
}

/** What a refused caller may see: that an SDK answered, and nothing of which. */
export function anonymousHeaders(): ResponseHeaders {
  return { "content-type": "application/json", [names.sdkHandled]: "true" };
}

// What a header may hold everywhere: printable ASCII.
const UNPRINTABLE = /[^\x20-\x7e]/gu;
const PRINTABLE = /^[\x20-\x7e]*$/;

/** Headers with "?" for what a header cannot hold: names of branches and the like may be any text. */
export function printable(headers: ResponseHeaders): ResponseHeaders {
  // Nearly always so, and this is done several times for each request.
  if (Object.values(headers).every((value) => PRINTABLE.test(value))) return headers;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace(UNPRINTABLE, "?")]),
  );
}
