import type { Json } from "./json.ts";

/** What a subscriber receives, as JSON text (PROTOCOL §10). */
export type RealtimeKind = "data" | "run" | "datastream-start" | "chunk" | "datastream-end" | "closing";

export interface RealtimeMessage {
  kind: RealtimeKind;
  channel: string;
  topic?: string;
  /** `datastream-start` and `datastream-end`: the stream's id. `chunk`: a piece of its text. `run`: a {@link RunNews}. */
  data: Json;
  /** The stream that a chunk is of. */
  stream_id?: string;
  run_id?: string;
  fn_id?: string;
  /** ISO time. */
  created_at?: string;
}

/** `data` of a message of kind `run`: how a run ended. */
export type RunNews = {
  status: "completed" | "failed" | "cancelled";
  /** The output of a completed run; left out where it is too large for a message. */
  result?: Json;
  error?: Json;
};

/** One topic that a token is for. */
export interface RealtimeTopic {
  channel: string;
  name: string;
}
