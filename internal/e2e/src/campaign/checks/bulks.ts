import type { Evidence } from "../evidence.ts";

/** Each bulk cancellation that was acknowledged came to its end. What may be cancelled has ended so or otherwise. */
export function* checkBulks({ jobs }: Evidence): Generator<string> {
  for (const { id, status } of jobs)
    if (status !== "completed") yield `the bulk cancellation ${id} is ${status}`;
}
