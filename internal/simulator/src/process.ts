/**
 * Something that can die or stand still: a node, or an app that serves functions. What happens in it happens through
 * events of the loop that name it.
 */
export class SimProcess {
  readonly name: string;
  #alive = true;
  #paused = false;
  #backlog: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** Nothing happens here any more: whatever it waits for never comes. */
  kill(): void {
    this.#alive = false;
    this.#backlog = [];
  }

  pause(): void {
    this.#paused = true;
  }

  /** Goes on; returns what came up meanwhile, in order. */
  resume(): (() => void)[] {
    this.#paused = false;
    const backlog = this.#backlog;
    this.#backlog = [];
    return backlog;
  }

  /** Keeps an event for later if the process stands still. Returns whether it did. */
  holds(event: () => void): boolean {
    if (!this.#paused) return false;
    this.#backlog.push(event);
    return true;
  }
}
