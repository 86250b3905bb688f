import type { OpMetadata } from "@stepfast/protocol";
import { postToApi } from "../client/api.ts";
import type { Inngest } from "../client/client.ts";
import type { Untyped } from "../types/untyped.ts";
import type { MetadataTarget } from "./target.ts";

/** Has the engine note something (PROTOCOL §8): over the network, or in this process. Rejects if it did not. */
export async function sendNotes(
  client: Inngest<Untyped>,
  target: MetadataTarget,
  metadata: OpMetadata[],
): Promise<void> {
  const { inlineTransport } = client;
  if (inlineTransport?.note) return inlineTransport.note({ target, metadata });
  const runId = target.run_id;
  const url = new URL(`v1/runs/${encodeURIComponent(runId)}/metadata`, client.apiBaseUrl);
  const response = await postToApi(url, { target, metadata }, client.apiSettings);
  const text = await response.text();
  if (response.ok) return;
  throw new Error(`Could not note metadata of run ${runId}: status ${response.status} ${text.slice(0, 200)}`);
}
