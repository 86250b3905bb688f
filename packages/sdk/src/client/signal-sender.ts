import type { Json } from "@stepfast/protocol";
import type { SendSignalResponse } from "../types/step-tools.ts";
import { postToApi } from "./api.ts";
import type { ClientOptions } from "./options.ts";
import type { ClientSettings } from "./settings.ts";

export interface OutgoingSignal {
  signal: string;
  data: Json;
  env?: string | undefined;
}

/** POSTs a signal (PROTOCOL §8). `runId` is undefined if no run waits for it. Rejects on any other failure. */
export async function postSignal(
  settings: ClientSettings<ClientOptions>,
  { signal, data, env }: OutgoingSignal,
): Promise<SendSignalResponse> {
  const response = await postToApi(
    new URL("v1/signals", settings.apiBaseUrl),
    { signal, data },
    { ...settings.apiSettings, env: env ?? settings.env },
  );
  if (response.status === 404) return { runId: undefined };
  if (!response.ok) throw new Error(`Could not send signal "${signal}": status ${response.status}`);
  const reply = (await response.json()) as { data?: { run_id?: string } };
  return { runId: reply.data?.run_id };
}
