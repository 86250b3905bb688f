import type { CallAnswer, InlineHost, InlineSession } from "@stepfast/protocol";
import type { ReplayCall } from "../replay.ts";
import { startRollback } from "../rollback/call.ts";
import type { RollbackRun } from "../rollback/run.ts";

/** A rollback that runs in the engine's own process. Nothing that happens meanwhile concerns it. */
export class RollbackSession implements InlineSession {
  readonly answer: Promise<CallAnswer>;
  readonly #run: RollbackRun;
  readonly #drained: Promise<void>;
  #isDraining = false;

  constructor(call: ReplayCall, stepId: string, host: InlineHost) {
    this.#run = startRollback(call, stepId);
    let drained = () => {};
    this.#drained = new Promise((resolve) => {
      drained = resolve;
    });
    this.answer = new Promise((resolve) => {
      this.#run.answer.then((answer) => {
        if (this.#isDraining) void reported(host, answer).then(drained);
        else {
          resolve(answer);
          drained();
        }
      });
    });
  }

  settle(): void {}
  widen(): void {}
  retry(): void {}

  /** The process is about to end: the rollback is finished and recorded, and no other starts. */
  cancel(): Promise<void> {
    this.#isDraining = true;
    return this.#drained;
  }

  stop(): void {
    this.#run.stop();
  }
}

async function reported(host: InlineHost, answer: CallAnswer): Promise<void> {
  if (answer.kind !== "ops") return;
  // Refused: the run is somebody else's, who runs the rollback again.
  await host.report(answer.ops).catch(() => {});
}
