import type { LoadedRun, LoadOptions } from "@stepfast/store";

type ReadRuns = (runIds: string[], longestOutput: number) => Promise<Map<string, LoadedRun>>;

interface Request {
  runId: string;
  longestOutput: number;
  resolve: (loaded: LoadedRun | null) => void;
  reject: (error: unknown) => void;
}

/**
 * Runs that are asked for in one turn are read together: a node that has claimed many asks for each of them, and to answer
 * that one by one costs the server more than all else that becomes of them.
 */
export class RunLoader {
  readonly #read: ReadRuns;
  readonly #atOnce: number;
  #asked: Request[] = [];

  constructor(read: ReadRuns, atOnce: number) {
    this.#read = read;
    this.#atOnce = atOnce;
  }

  load(runId: string, { longestOutput = Infinity }: LoadOptions = {}): Promise<LoadedRun | null> {
    if (this.#asked.length === 0) queueMicrotask(() => this.#readAll());
    return new Promise((resolve, reject) => {
      this.#asked.push({ runId, longestOutput, resolve, reject });
    });
  }

  #readAll(): void {
    const asked = this.#asked;
    this.#asked = [];
    for (const longest of new Set(asked.map(({ longestOutput }) => longestOutput))) {
      const alike = asked.filter(({ longestOutput }) => longestOutput === longest);
      for (const group of this.#groupsOf(alike)) void this.#answer(group, longest);
    }
  }

  /** By run: who asks for one that another asks for, too, gets rows of its own. */
  #groupsOf(requests: Request[]): Map<string, Request>[] {
    const groups: Map<string, Request>[] = [];
    for (const request of requests) {
      const last = groups.at(-1);
      if (last && last.size < this.#atOnce && !last.has(request.runId)) last.set(request.runId, request);
      else groups.push(new Map([[request.runId, request]]));
    }
    return groups;
  }

  async #answer(group: Map<string, Request>, longestOutput: number): Promise<void> {
    try {
      const found = await this.#read([...group.keys()], longestOutput);
      for (const { runId, resolve } of group.values()) resolve(found.get(runId) ?? null);
    } catch (error) {
      for (const { reject } of group.values()) reject(error);
    }
  }
}
