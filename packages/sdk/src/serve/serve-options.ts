import type { ServeClient, ServedFunction } from "./contract.ts";
import type { ServeLocation } from "./serve-url.ts";

/** Options that every `serve` takes besides the client and its functions. */
export interface RegisterOptions extends ServeLocation {
  /**
   * Answer calls at once and send the result when it is there, so that proxies with short timeouts do not hang up.
   * Default: the variable `INNGEST_STREAMING`, else false. With an adapter that cannot stream, calls fail.
   */
  streaming?: boolean;
  /** In cloud mode: accept an out-of-band sync without a signature. Default: `INNGEST_ENABLE_UNAUTHED_SYNC`, else true. */
  enableUnauthedSync?: boolean;
}

/** What every `serve` takes. */
export interface ServeHandlerOptions extends RegisterOptions {
  client: ServeClient;
  /** Two functions with the same id throw `duplicate_function`. */
  functions: readonly ServedFunction[];
}
