import type { Clock, EngineContract, Log } from "@stepfast/engine";
import type { SdkResponse } from "@stepfast/protocol/connect";
import type { GatewayLimits } from "./limits.ts";
import type { SessionTokens } from "./session-token.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** What a gateway stands on. */
export interface GatewayDeps {
  engine: EngineContract;
  pool: WorkerPool;
  clock: Clock;
  log: Log;
  limits: GatewayLimits;
  tokens: SessionTokens;
  /** Hands a reply to the node that holds the run. */
  forward: (node: string, response: SdkResponse) => Promise<void>;
}

/**
 * Brings a reply to whoever waits for it: here, or at the node that holds the run, if the worker has moved from there to
 * here meanwhile. A reply that nobody waits for any more is dropped. Rejects where that node cannot be asked or told.
 */
export async function takeReply(
  { pool, engine, forward }: Pick<GatewayDeps, "pool" | "engine" | "forward">,
  response: SdkResponse,
): Promise<void> {
  if (pool.replied(response) || response.runId === "") return;
  const node = await engine.nodeOf(response.runId);
  if (node !== null) await forward(node, response);
}
