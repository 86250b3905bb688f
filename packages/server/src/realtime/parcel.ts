import type { RealtimeMessage } from "@stepfast/protocol";

/** What is handed on to subscribers, here and on other nodes: a message, or raw text for who follows a run's stream. */
export type Parcel =
  | { kind: "message"; message: RealtimeMessage }
  | { kind: "raw"; channel: string; text: string };
