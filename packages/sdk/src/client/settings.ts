import { type ApiSettings, outgoingHeaders } from "./api.ts";
import {
  type Endpoints,
  type Environment,
  endpointsOf,
  environmentName,
  type Mode,
  platformOf,
  processEnvironment,
} from "./environment.ts";
import type { ClientOptions } from "./options.ts";

/** What a client knows of the world: its options first, then the environment's variables. */
export class ClientSettings<TOptions extends ClientOptions> {
  readonly options: TOptions;
  #environment: Environment;
  #endpoints: Endpoints;

  constructor(options: TOptions) {
    this.options = options;
    this.#environment = processEnvironment();
    this.#endpoints = endpointsOf(options, this.#environment);
  }

  /** Environment variables where there is no process, as on edge platforms. */
  setEnvVars(env: Environment = processEnvironment()): this {
    this.#environment = { ...this.#environment, ...env };
    this.#endpoints = endpointsOf(this.options, this.#environment);
    return this;
  }

  /** The variables in force. */
  get environment(): Environment {
    return this.#environment;
  }

  get mode(): Mode {
    return this.#endpoints.mode;
  }

  /** Base of the API, with a slash at its end. */
  get apiBaseUrl(): string {
    return this.#endpoints.apiBaseUrl;
  }

  get eventBaseUrl(): string {
    return this.#endpoints.eventBaseUrl;
  }

  /** The URL that `INNGEST_DEV` gives. */
  get explicitDevUrl(): URL | undefined {
    return this.#endpoints.devUrl;
  }

  get eventKey(): string | undefined {
    return this.options.eventKey || this.#environment.INNGEST_EVENT_KEY || undefined;
  }

  get signingKey(): string | undefined {
    return this.options.signingKey || this.#environment.INNGEST_SIGNING_KEY || undefined;
  }

  get signingKeyFallback(): string | undefined {
    return this.options.signingKeyFallback || this.#environment.INNGEST_SIGNING_KEY_FALLBACK || undefined;
  }

  get env(): string | undefined {
    return environmentName(this.options.env, this.#environment);
  }

  get platform(): string | undefined {
    return platformOf(this.#environment);
  }

  get appVersion(): string | undefined {
    return this.options.appVersion;
  }

  /** Headers of every outgoing request. */
  get headers(): Record<string, string> {
    return outgoingHeaders(this.env, this.platform);
  }

  /** What a request to the API needs. */
  get apiSettings(): ApiSettings {
    const { fetch, signingKey, signingKeyFallback, env } = this;
    return { fetch, signingKey, signingKeyFallback, env };
  }

  /** The `fetch` in use. Read late, so that one installed after the client was made counts. */
  get fetch(): typeof fetch {
    return this.options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /** Whether events sent inside a run carry the run's sessions. */
  get propagatesSessions(): boolean {
    const setting = this.#environment.INNGEST_SESSION_PROPAGATION;
    return this.options.sessionPropagation ?? (setting !== "0" && setting !== "false");
  }
}
