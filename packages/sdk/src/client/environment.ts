/** Environment variables by name. */
export type Environment = Record<string, string | undefined>;

export type Mode = "dev" | "cloud";

export interface Endpoints {
  mode: Mode;
  /** URL given by `INNGEST_DEV`. */
  devUrl: URL | undefined;
  apiBaseUrl: string;
  eventBaseUrl: string;
}

export interface EndpointOptions {
  isDev?: boolean | undefined;
  baseUrl?: string | undefined;
}

const CLOUD_API = "https://api.inngest.com/";
const CLOUD_EVENTS = "https://inn.gs/";
const DEV_SERVER = "http://localhost:8288/";

const BRANCH_VARIABLES = [
  "INNGEST_ENV",
  "BRANCH_NAME",
  "VERCEL_GIT_COMMIT_REF",
  "BRANCH",
  "CF_PAGES_BRANCH",
  "RENDER_GIT_BRANCH",
  "RAILWAY_GIT_BRANCH",
];

/** The process's variables, on runtimes that have a process. */
export function processEnvironment(): Environment {
  const { process } = globalThis as { process?: { env?: Environment } };
  return process?.env ?? {};
}

/** Where the server is (order of SDK §2). An empty text, as `${NAME:-}` of a shell leaves it, is none. */
export function endpointsOf(options: EndpointOptions, env: Environment): Endpoints {
  const setting = env.INNGEST_DEV?.trim();
  const flag = booleanOf(setting);
  const devUrl = flag === undefined ? urlOf(setting) : undefined;
  const isDev = options.isDev ?? flag ?? devUrl !== undefined;
  const base = (specific: string | undefined, cloud: string) =>
    withSlash(
      options.baseUrl || specific || env.INNGEST_BASE_URL || devUrl?.href || (isDev ? DEV_SERVER : cloud),
    );
  return {
    mode: isDev ? "dev" : "cloud",
    devUrl,
    apiBaseUrl: base(env.INNGEST_API_BASE_URL, CLOUD_API),
    eventBaseUrl: base(env.INNGEST_EVENT_API_BASE_URL, CLOUD_EVENTS),
  };
}

function booleanOf(text: string | undefined): boolean | undefined {
  const lower = text?.toLowerCase();
  if (lower === "1" || lower === "true") return true;
  return lower === "0" || lower === "false" ? false : undefined;
}

function urlOf(text: string | undefined): URL | undefined {
  if (!text) return undefined;
  try {
    return new URL(/^https?:\/\//.test(text) ? text : `http://${text}`);
  } catch {
    return undefined;
  }
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}

/** Name of the environment: the option, `INNGEST_ENV`, or the hosting platform's branch. */
export function environmentName(option: string | undefined, env: Environment): string | undefined {
  return option ?? BRANCH_VARIABLES.map((name) => env[name]).find((value) => value);
}

/** The hosting platform, as far as its variables tell. */
export function platformOf(env: Environment): string | undefined {
  if (env.VERCEL) return "vercel";
  if (env.NETLIFY) return "netlify";
  if (env.CF_PAGES) return "cloudflare-pages";
  if (env.RENDER) return "render";
  return env.RAILWAY_ENVIRONMENT ? "railway" : undefined;
}
