import type { RemoteCall } from "@stepfast/engine";

type Address = Pick<RemoteCall, "url" | "functionId" | "stepId">;

/** Where functions are: as many as an app of some size has. */
const MAX_KEPT = 1_000;

/** The addresses of calls. What the calls of a function have in common is put together once. */
export class StepUrls {
  readonly #ofFunction = new Map<string, string>();

  /** Throws a `TypeError` where the registered address is none. */
  of({ url, functionId, stepId }: Address): URL {
    return new URL(this.#prefix(url, functionId) + encodeURIComponent(stepId));
  }

  #prefix(url: string, functionId: string): string {
    const key = `${functionId} ${url}`;
    const known = this.#ofFunction.get(key);
    if (known !== undefined) return known;
    const made = new URL(url);
    made.searchParams.set("fnId", functionId);
    made.searchParams.delete("stepId");
    made.hash = "";
    const prefix = `${made.href}&stepId=`;
    if (this.#ofFunction.size >= MAX_KEPT) this.#ofFunction.clear();
    this.#ofFunction.set(key, prefix);
    return prefix;
  }
}
