import type { Clock } from "@stepfast/engine";
import { limits, type RealtimeTopic, StepfastError } from "@stepfast/protocol";
import { sign, verify } from "hono/jwt";
import { isRecord } from "../http/body.ts";

const ISSUER = "stepfast";
const RELAY_MS = 60_000;

type Audience = "realtime" | "output" | "relay";

/** What a subscriber may hear: topics, and all that a run streams to the caller of its endpoint. */
export interface Grant {
  topics: RealtimeTopic[];
  runId?: string | undefined;
}

export interface TokensOptions {
  clock: Clock;
  /** The secret of the installation: the same on all its nodes. */
  secret: () => Promise<string>;
}

/** Makes and reads the tokens that stand in URLs, where a key must not: JWTs, HS256 (PROTOCOL §7.1, §10). */
export class Tokens {
  readonly #options: TokensOptions;
  #secret: Promise<string> | undefined;

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  /** For connecting within a minute; the connection may last longer. */
  forTopics(topics: RealtimeTopic[]): Promise<string> {
    return this.#sign("realtime", { topics }, limits.realtimeTokenMs);
  }

  /** For all that a run streams. */
  forStream(runId: string): Promise<string> {
    return this.#sign("realtime", { topics: [], run: runId }, limits.runTokenMs);
  }

  forOutput(runId: string): Promise<string> {
    return this.#sign("output", { run: runId }, limits.runTokenMs);
  }

  /** What nodes show each other. */
  forRelay(): Promise<string> {
    return this.#sign("relay", {}, RELAY_MS);
  }

  /** Throws `unauthorized`. */
  async grant(token: string | null | undefined): Promise<Grant> {
    const { topics, run } = await this.#read("realtime", token);
    return {
      topics: Array.isArray(topics) ? (topics as RealtimeTopic[]) : [],
      runId: typeof run === "string" ? run : undefined,
    };
  }

  /** Throws `unauthorized`, also where the token is for another run. */
  async checkOutput(token: string | null | undefined, runId: string): Promise<void> {
    const { run } = await this.#read("output", token);
    if (run !== runId) throw new StepfastError("unauthorized", "This token is for another run");
  }

  /** Throws `unauthorized`. */
  async checkRelay(token: string | null | undefined): Promise<void> {
    await this.#read("relay", token);
  }

  async #sign(aud: Audience, claims: object, lifeMs: number): Promise<string> {
    const now = Math.floor(this.#options.clock.now() / 1_000);
    const payload = { ...claims, iss: ISSUER, aud, iat: now, exp: now + Math.ceil(lifeMs / 1_000) };
    return await sign(payload, await this.#key(), "HS256");
  }

  async #read(aud: Audience, token: string | null | undefined): Promise<Record<string, unknown>> {
    const payload = await this.#verified(aud, token ?? "");
    // By this server's clock, which tests move.
    const isOver = typeof payload?.exp !== "number" || payload.exp * 1_000 <= this.#options.clock.now();
    if (payload && !isOver) return payload;
    throw new StepfastError(
      "unauthorized",
      payload
        ? "The token has expired: ask for a new one"
        : "Send the token that was made for this: ?token=…",
    );
  }

  async #verified(aud: Audience, token: string): Promise<Record<string, unknown> | undefined> {
    const key = await this.#key();
    const checks = { alg: "HS256", iss: ISSUER, aud, exp: false, nbf: false, iat: false } as const;
    try {
      const payload: unknown = await verify(token, key, checks);
      return isRecord(payload) ? payload : undefined;
    } catch {
      return undefined;
    }
  }

  #key(): Promise<string> {
    this.#secret ??= this.#options.secret().catch((error: unknown) => {
      this.#secret = undefined;
      throw error;
    });
    return this.#secret;
  }
}
