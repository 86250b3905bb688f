/** A trigger as registered (PROTOCOL §2.3). */
export interface TriggerConfig {
  event?: string;
  expression?: string;
  /** Five fields, six with seconds first, or a name such as `@daily`; `TZ=Europe/Rome ` before it. Default time zone: UTC. */
  cron?: string;
  /** The most a cron's start is moved back by: `1s` to `5m`. */
  jitter?: string;
  /** Ticks of a cron that nobody was there for: none of them, the latest (default) or all become runs. The official SDK does not send it. */
  catchUp?: "skip" | "one" | "all";
}

export interface CancelConfig {
  event: string;
  if?: string;
  /** Duration or ISO time: how long the rule stays armed. */
  timeout?: string;
}

export interface ConcurrencyConfig {
  limit: number;
  key?: string;
  scope?: "fn" | "env" | "account";
}

/** Both forms of a limit: of steps that execute, and of runs from their start to their end. */
export interface ConcurrencyForms {
  step?: number | ConcurrencyConfig | ConcurrencyConfig[];
  /** At most one. */
  fn?: number | ConcurrencyConfig | ConcurrencyConfig[];
}

/** A function's configuration on the wire (PROTOCOL §2.3). `id` is the full slug `<appId>-<functionId>`. */
export interface FunctionConfig {
  id: string;
  name: string;
  triggers: TriggerConfig[];
  steps: Record<string, StepConfig>;
  idempotency?: string;
  rateLimit?: { limit: number; period: string; key?: string };
  throttle?: { limit: number; period: string; burst?: number; key?: string };
  concurrency?: number | ConcurrencyConfig | ConcurrencyConfig[] | ConcurrencyForms;
  debounce?: { period: string; key?: string; timeout?: string };
  batchEvents?: { maxSize: number; timeout: string; key?: string; if?: string };
  priority?: { run?: string };
  timeouts?: { start?: string; finish?: string };
  singleton?: { mode: "skip" | "cancel"; key?: string };
  cancel?: CancelConfig[];
}

export interface StepConfig {
  id: string;
  name: string;
  runtime: { type: "http" | "ws" | "inline"; url: string };
  /** Retries after the first attempt; absent: the server's default of 4. */
  retries?: { attempts: number };
}

/** Body of `POST /fn/register` (PROTOCOL §2.1). Unknown keys are ignored. */
export interface RegisterRequest {
  url: string;
  deployType?: string;
  framework?: string;
  appName: string;
  functions: FunctionConfig[];
  sdk: string;
  v: string;
  deployId?: string;
  appVersion?: string;
  capabilities?: Record<string, string>;
}

export interface RegisterResponse {
  ok: boolean;
  modified: boolean;
  sync_id?: string;
  app_id?: string;
  skipped?: boolean;
}
