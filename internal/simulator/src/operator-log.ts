import type { EventLoop } from "./event-loop.ts";
import type { SimProcess } from "./process.ts";
import type { Station } from "./station.ts";

/** How a function is paused, as far as it is known for certain. */
export interface KnownPause {
  events: "skip" | "hold";
  runs: "finish" | "hold" | "cancel";
  /** When it was acknowledged. */
  at: number;
  /** The node that acknowledged it: others hear of it a moment later. */
  node: string;
}

/** What operators were told: the checks hold the nodes to it. */
export class OperatorLog {
  readonly #loop: EventLoop;
  readonly #pauses = new Map<string, KnownPause>();
  /** Changes under way, by function: until they are answered, or their node is dead, nothing is certain. */
  readonly #changing = new Map<string, SimProcess[]>();
  readonly #changes = new Map<string, number>();
  /** Bulk operations whose stop was acknowledged while they ran. */
  readonly stopped = new Set<string>();

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  /** Pauses or resumes; `change` resolves with how the function is paused from then on. */
  async changing(
    functionId: string,
    node: Station,
    change: () => Promise<Pick<KnownPause, "events" | "runs"> | null>,
  ): Promise<void> {
    const known = this.#pauses.get(functionId);
    this.#pauses.delete(functionId);
    const under = (this.#changing.get(functionId) ?? []).filter((process) => process.isAlive);
    this.#changing.set(functionId, under);
    under.push(node.process);
    const no = (this.#changes.get(functionId) ?? 0) + 1;
    this.#changes.set(functionId, no);
    const isAlone = under.length === 1;
    let result: Awaited<ReturnType<typeof change>>;
    try {
      result = await change();
    } finally {
      const now = this.#changing.get(functionId) ?? [];
      now.splice(now.indexOf(node.process), 1);
    }
    if (!result || !isAlone || this.#changes.get(functionId) !== no) return;
    const isStill = known?.node === node.name && known.events === result.events;
    const at = isStill ? known.at : this.#loop.exactNow;
    this.#pauses.set(functionId, { ...result, at, node: node.name });
  }

  /** How the function is paused, as this node must know. */
  pauseOf(functionId: string, node: string): KnownPause | undefined {
    const pause = this.#pauses.get(functionId);
    if (pause?.node !== node) return undefined;
    const under = [...(this.#changing.get(functionId) ?? [])];
    return under.some((process) => process.isAlive) ? undefined : pause;
  }
}
