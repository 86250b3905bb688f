import type { CheckpointWay } from "./checkpoint-box.ts";
import type { ConnectDebugState } from "./options.ts";
import type { SessionLog } from "./session-log.ts";

/** What the user's thread says to the connection's. */
export type ToThread =
  | { type: "close" }
  | { type: "reply"; callId: number; reply: Uint8Array }
  | { type: "checkpoint"; checkpoint: Parameters<CheckpointWay>[0] };

/** What the connection's thread says. */
export type FromThread =
  | { type: "started" }
  | { type: "closed" }
  | { type: "state"; state: ConnectDebugState }
  | { type: "checkpointed"; number: number; answer: Uint8Array | undefined }
  | { type: "request"; callId: number; request: Uint8Array }
  | { type: "log"; entry: Parameters<SessionLog> };
