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

/** Ends it in good order: steps that run may finish and be saved, for `drainMs` (as `Engine.close`). */
export async function closeNode(node: OpenNode, drain: { drainMs?: number } | undefined): Promise<void> {
  const { composition, server, listener, gateway, watcher } = node;
  await watcher?.stop();
  gateway?.gateway.drain();
  // Calls that finish meanwhile still report their steps here; nothing new is taken.
  await composition.engine.close(drain);
  await gateway?.close();
  server.close();
  await listener.close();
  await composition.close(drain);
}
