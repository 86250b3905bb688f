import { type Json, limits, type RealtimeMessage, type RunNews } from "@stepfast/protocol";
import type { RunRow } from "@stepfast/store";

/** Topic of the messages that tell of a run itself. */
export const RUN_TOPIC = "$run";

/** How a run ended, for those who subscribe to the channel that bears its id. */
export function runMessage(run: RunRow): RealtimeMessage {
  const endedAt = new Date(run.endedAt ?? 0).toISOString();
  const about = { kind: "run", channel: run.id, topic: RUN_TOPIC, run_id: run.id } as const;
  return { ...about, fn_id: run.functionId, created_at: endedAt, data: { ...newsOf(run) } };
}

function newsOf({ status, output }: RunRow): RunNews {
  const fits = output !== null && Buffer.byteLength(output) <= limits.realtimeMessageBytes;
  const value = fits ? (JSON.parse(output) as Json) : undefined;
  if (status === "completed") return { status, ...(value === undefined ? {} : { result: value }) };
  const ended = status === "failed" ? "failed" : "cancelled";
  return { status: ended, ...(value === undefined ? {} : { error: value }) };
}
