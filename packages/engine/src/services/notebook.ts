import { limits, type OpMetadata, StepfastError } from "@stepfast/protocol";
import { type MetadataRow, SPAN_OP, type Store } from "@stepfast/store";
import type { Clock } from "../ports/clock.ts";

export interface Notes {
  runId: string;
  /** Hash of the step they are about; "": the run itself. */
  stepId: string;
  attempt: number | null;
  notes: OpMetadata[];
}

/** Takes down what is noted of runs and their steps, also of those that have ended. */
export class Notebook {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(options: { store: Store; clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** Throws `run_not_found`, `metadata_too_large`. */
  async add({ runId, stepId, attempt, notes }: Notes): Promise<void> {
    if (!(await this.#store.getRun(runId))) {
      throw new StepfastError("run_not_found", `There is no run ${runId}`);
    }
    const createdAt = this.#clock.now();
    const rows = notes.map(({ kind, op, values }) => {
      return { runId, stepId, attempt, kind, op, content: JSON.stringify(values), createdAt };
    });
    checkSize(await this.#store.listMetadata(runId), rows, stepId);
    await this.#store.commit({ metadata: rows });
  }
}

function checkSize(before: MetadataRow[], rows: MetadataRow[], stepId: string): void {
  const all = [...before.filter(({ op }) => op !== SPAN_OP), ...rows];
  const bytesOf = (some: MetadataRow[]) =>
    some.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  const ofStep = bytesOf(all.filter((row) => row.stepId === stepId));
  if (ofStep > limits.metadataBytes) throw tooLarge(stepId === "" ? "a run" : "a step", limits.metadataBytes);
  if (bytesOf(all) > limits.runMetadataBytes) throw tooLarge("a run and its steps", limits.runMetadataBytes);
}

function tooLarge(what: string, bytes: number): StepfastError {
  return new StepfastError(
    "metadata_too_large",
    `The metadata of ${what} may hold ${bytes} bytes: note less`,
  );
}
