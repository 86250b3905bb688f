import type { Composition } from "./compose.ts";
import type { OpenGateway } from "./connect/open-gateway.ts";
import type { Listener } from "./listen.ts";
import type { Server } from "./server.ts";
import type { AppWatcher } from "./sync/app-watcher.ts";

/** What a server has open once it serves. */
export interface OpenNode {
  composition: Composition;
  server: Server;
  listener: Listener;
  gateway: OpenGateway | undefined;
  watcher: AppWatcher | undefined;
}

/**
 * Ends it in good order: steps that run may finish and be saved, for `drainMs` (as `Engine.close`). What fails, as all that
 * wants a store does that is away, keeps nothing else open: a process ends that was asked to. Throws the first such error.
 */
export async function closeNode(node: OpenNode, drain: { drainMs?: number } | undefined): Promise<void> {
  const { composition, server, listener, gateway, watcher } = node;
  const endings = [
    () => watcher?.stop(),
    () => gateway?.gateway.drain(),
    // Calls that finish meanwhile still report their steps here; nothing new is taken.
    () => composition.engine.close(drain),
    () => gateway?.close(),
    () => server.close(),
    () => listener.close(),
    () => composition.close(drain),
  ];
  const failures: unknown[] = [];
  for (const end of endings) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
