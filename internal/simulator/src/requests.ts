import { StepfastError } from "@stepfast/protocol";
import type { Dice } from "./dice.ts";
import type { EventLoop } from "./event-loop.ts";
import type { History } from "./history.ts";
import type { SimNode } from "./node.ts";

export interface RequestsOptions {
  loop: EventLoop;
  dice: Dice;
  history: History;
  /** The nodes that take requests now. */
  nodes: () => SimNode[];
}

/** What is asked of the nodes from outside, again and again if nobody answers. */
export class Requests {
  readonly #options: RequestsOptions;
  #busy = 0;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Nothing is being asked for any more. */
  get isIdle(): boolean {
    return this.#busy === 0;
  }

  /** Plans an action, which ends with `ask` or `done`. */
  at(ms: number, action: () => void): void {
    this.#busy++;
    this.#options.loop.schedule(ms, action, null);
  }

  done(): void {
    this.#busy--;
  }

  /** Asks a node; if it does not answer or cannot, asks again later. What is refused for good is not repeated. */
  ask(what: string, tries: number, action: (node: SimNode) => Promise<void>): void {
    const { loop, dice, nodes, history } = this.#options;
    const [first] = nodes();
    const node = first && dice.pick(nodes());
    let isOver = false;
    const over = (isFinal: boolean) => {
      if (isOver) return;
      isOver = true;
      if (isFinal || tries <= 1) this.done();
      else loop.schedule(dice.int(50, 3_000), () => this.ask(what, tries - 1, action), null);
    };
    if (!node) return over(false);
    const run = () => {
      action(node).then(
        () => over(true),
        (error: unknown) => {
          history.journal.note(`${what} refused: ${String(error)}`);
          over(StepfastError.is(error) && error.status < 500);
        },
      );
    };
    loop.schedule(dice.fraction() * 2, run, node.process);
    loop.schedule(dice.int(6_000, 9_000), () => over(false), null);
  }
}
