/** Something a program waits for, and whether it has come that far. */
export class Gate {
  readonly opened: Promise<void>;
  readonly reached: Promise<void>;
  #open: () => void = () => {};
  #reach: () => void = () => {};

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
  }

  open(): void {
    this.#open();
  }

  /** To be awaited where the program shall stand still. */
  pass(): Promise<void> {
    this.#reach();
    return this.opened;
  }
}
