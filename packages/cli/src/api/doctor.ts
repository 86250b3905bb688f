import { access, constants, stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type ApiClient, answerOf, createApiClient } from "@stepfast/client";
import { bareSigningKey, StepfastError } from "@stepfast/protocol";
import type { Command } from "commander";
import { type StartOptions, startOptions } from "../start-options.ts";
import type { ApiSurroundings } from "./api-command.ts";
import { nowOf } from "./api-command.ts";
import { addConnection, connectionOptions } from "./connection.ts";
import { plain } from "./table.ts";

export interface Finding {
  check: "config" | "keys" | "disk" | "server" | "access" | "clock" | "apps";
  level: "ok" | "warning" | "problem";
  message: string;
}

/** What checks look at. */
interface Patient {
  options: StartOptions;
  url: string;
  api: ApiClient;
  key: string | undefined;
  around: ApiSurroundings;
}

const WEAK_KEY_LENGTH = 16;
const GIB = 1024 ** 3;
const LITTLE_SPACE = GIB;
const NO_SPACE = GIB / 10;
const CLOCK_WARNING_MS = 5_000;
/** Signatures are good for so long. */
const CLOCK_PROBLEM_MS = 300_000;

const finding = (check: Finding["check"]) => ({
  ok: (message: string): Finding => ({ check, level: "ok", message }),
  warning: (message: string): Finding => ({ check, level: "warning", message }),
  problem: (message: string): Finding => ({ check, level: "problem", message }),
});

function checkKeys({ options }: Patient): Finding[] {
  const { ok, warning, problem } = finding("keys");
  const { eventKeys, signingKey, signingKeyFallback } = options;
  const given = [...eventKeys, signingKey, signingKeyFallback].filter((key) => key !== undefined);
  if (given.length === 0)
    return [warning("No keys are set here: `stepfast start` would be closed; `dev` needs none")];
  const findings: Finding[] = [];
  const isHex = (key: string) => /^(?:[0-9a-f]{2})+$/i.test(bareSigningKey(key));
  if (signingKey === undefined) findings.push(warning("There is no signing key: the API would be closed"));
  else if (!isHex(signingKey))
    findings.push(problem("The signing key is not hexadecimal: `openssl rand -hex 32`"));
  if (eventKeys.length === 0)
    findings.push(warning("There is no event key: only keys made at /v2/keys send events"));
  if (given.some((key) => key.length < WEAK_KEY_LENGTH)) {
    findings.push(warning("A key is so short that it can be guessed: `openssl rand -hex 32`"));
  }
  return findings.length > 0 ? findings : [ok("Signing key and event keys are set")];
}

/** The nearest folder that is there: `start` makes those below it. */
async function existing(folder: string): Promise<string> {
  try {
    await access(folder);
    return folder;
  } catch {
    return dirname(folder) === folder ? folder : await existing(dirname(folder));
  }
}

async function checkDisk({ options, around }: Patient): Promise<Finding[]> {
  const { ok, warning, problem } = finding("disk");
  if (options.databaseUrl !== undefined) return [ok("The database is PostgreSQL: look at its own disk")];
  if (options.db === ":memory:") return [warning("The database is in memory: a restart forgets everything")];
  const folder = await existing(dirname(resolve(around.cwd, options.db)));
  if (!(await stat(folder)).isDirectory())
    return [problem(`${folder} is no folder, so the database cannot be below it: name another --db`)];
  try {
    await access(folder, constants.W_OK);
  } catch {
    return [
      problem(`${folder} cannot be written to: give the server's user the right, or name another --db`),
    ];
  }
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const message = `${(free / GIB).toFixed(1)} GiB are free in ${folder}`;
  if (free < NO_SPACE) return [problem(`${message}: make room`)];
  return [free < LITTLE_SPACE ? warning(`${message}: make room soon`) : ok(message)];
}

function clockFinding(offMs: number): Finding {
  const { ok, warning, problem } = finding("clock");
  const seconds = `${(Math.abs(offMs) / 1_000).toFixed(1)} s ${offMs < 0 ? "behind" : "ahead of"}`;
  if (Math.abs(offMs) > CLOCK_PROBLEM_MS) {
    return problem(`This clock is ${seconds} the server's: signed calls fail. Set both by NTP`);
  }
  if (Math.abs(offMs) > CLOCK_WARNING_MS)
    return warning(`This clock is ${seconds} the server's: set both by NTP`);
  return ok("This clock and the server's agree");
}

async function reasonNotReady(url: string): Promise<string | undefined> {
  try {
    const ready = (await (await fetch(`${url}/readyz`)).json()) as { reason?: string };
    return ready.reason;
  } catch (error) {
    const message = `${url}/readyz does not answer as a server does: ${String(error)}`;
    throw new StepfastError("api_unreachable", message, { cause: error });
  }
}

async function checkServer({ url, api, around }: Patient): Promise<Finding[]> {
  const { ok, problem } = finding("server");
  const now = nowOf(around);
  const askedAt = now();
  try {
    const { metadata } = await answerOf(api.GET("/v2/health"));
    const tookMs = now() - askedAt;
    const offMs = askedAt + tookMs / 2 - Date.parse(metadata.fetchedAt);
    const reason = await reasonNotReady(url);
    if (reason !== undefined) return [problem(`${url} answers, but is not ready: ${reason}`)];
    return [ok(`${url} answers in ${Math.round(tookMs)} ms`), clockFinding(offMs)];
  } catch (error) {
    if (!StepfastError.is(error)) throw error;
    return [problem(`${error.message}. Is it running, and is this the right --url?`)];
  }
}

async function checkAccess({ api, key }: Patient): Promise<Finding[]> {
  const { ok, problem } = finding("access");
  try {
    await answerOf(api.GET("/v2/account"));
    return [ok(key === undefined ? "The API is open: a server for development" : "The key opens the API")];
  } catch (error) {
    if (!StepfastError.is(error)) throw error;
    return [
      problem(key === undefined ? "The API wants a key: pass --signing-key or --api-key" : error.message),
    ];
  }
}

async function checkApps({ api }: Patient): Promise<Finding[]> {
  const { ok, warning, problem } = finding("apps");
  const { data } = await answerOf(api.GET("/v2/apps", { params: { query: { limit: 200 } } }));
  if (data.length === 0) return [warning("No app is known: start one, and pass its URL with --sdk-url")];
  return data.map(({ id, functionCount, latestSync }) =>
    latestSync.error === null
      ? ok(`${id}: ${functionCount} functions`)
      : problem(`${id} did not sync: ${latestSync.error}`),
  );
}

/** What the server tells of itself, as far as it can be asked. */
async function checkOverApi(patient: Patient): Promise<Finding[]> {
  const server = await checkServer(patient);
  if (server.some(({ level }) => level === "problem")) return server;
  const access = await checkAccess(patient);
  const isOpen = access.every(({ level }) => level === "ok");
  return [...server, ...access, ...(isOpen ? await checkApps(patient) : [])];
}

async function examine(command: Command, around: ApiSurroundings): Promise<Finding[]> {
  const { url, apiKey, signingKey, timeoutMs } = connectionOptions(command, around);
  const key = apiKey ?? signingKey;
  const api = createApiClient({ url, key, timeoutMs });
  const config = finding("config").ok("Settings can be read");
  const options = startOptions(command, around.env, around.cwd);
  const patient = { options, url, key, api, around };
  return [config, ...checkKeys(patient), ...(await checkDisk(patient)), ...(await checkOverApi(patient))];
}

/** Settings that cannot be read are a finding, too: the last one. */
async function findingsOf(command: Command, around: ApiSurroundings): Promise<Finding[]> {
  try {
    return await examine(command, around);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return [finding("config").problem(error.message)];
  }
}

const signs = { ok: "ok", warning: "warning", problem: "PROBLEM" } as const;

function findingLine({ check, level, message }: Finding): string {
  return `${signs[level].padEnd(7)}  ${check.padEnd(6)}  ${plain(message)}`;
}

/** `stepfast doctor` */
export function addDoctor(root: Command, around: ApiSurroundings): void {
  const command = root
    .command("doctor")
    .description("look for what is wrong: settings, keys, disk, server, clock, apps");
  addConnection(command);
  command.action(async () => {
    const findings = await findingsOf(command, around);
    const isJson = command.opts<{ json?: boolean }>().json === true;
    around.print(
      isJson ? `${JSON.stringify(findings, null, 2)}\n` : `${findings.map(findingLine).join("\n")}\n`,
    );
    if (findings.some(({ level }) => level === "problem")) around.finish(1);
  });
}
