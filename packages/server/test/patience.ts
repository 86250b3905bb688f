import { vi } from "vitest";

/** Of whoever waits for what must come: a machine with much else to do takes its time. */
const TIMEOUT_MS = 60_000;

/** Resolves when it is so. Throws if it does not come to be. */
export async function until(isSo: () => unknown): Promise<void> {
  await vi.waitUntil(isSo, { timeout: TIMEOUT_MS });
}
