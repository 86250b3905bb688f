/** What a decision must know of the function a run belongs to. */
export interface FunctionFacts {
  /** Slug. */
  id: string;
  appId: string;
  /** Retries + 1. */
  maxAttempts: number;
  /** The function lives in the engine's process. */
  inline: boolean;
  /** `timeouts.finish`: from the start to the end. */
  finishMs: number | null;
  /** Set: it is a durable endpoint, called as the request that began the run. */
  endpoint?: EndpointFacts;
}

/** How a durable endpoint is called again: as the request that began the run (PROTOCOL §7.1). */
export interface EndpointFacts {
  url: string;
  method: string;
  /** Empty: none. */
  body: string;
  contentType: string;
}
