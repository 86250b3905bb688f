import { StepfastError } from "@stepfast/protocol";
import type { Store } from "@stepfast/store";

export const SECRET_BYTES = 32;

/** The last moment a Date can hold. */
const NEVER = 8.64e15;

/**
 * The store's secret of this name: `fresh` if there was none. A claimed key is one claim, whoever comes first: two nodes
 * that ask at once get the same one, and so does one that asks again because it died before it heard the answer.
 */
export async function sharedSecret(
  store: Store,
  { name, fresh, now }: { name: string; fresh: string; now: number },
): Promise<string> {
  const key = { scope: "secret", key: name, value: fresh, createdAt: now, expiresAt: NEVER };
  const result = await store.commit({ keys: [key] });
  if (result.ok) return fresh;
  if (result.conflict.kind === "key") return result.conflict.value;
  throw new StepfastError("internal", `The secret "${name}" could not be stored`);
}
