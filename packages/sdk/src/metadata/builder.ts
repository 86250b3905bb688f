import type { Note } from "./note.ts";
import type { MetadataConfig } from "./target.ts";

type Values = Readonly<Record<string, unknown>>;

/** Notes about what was said before. `kind` (default `default`) is kept as `userland.<kind>`. */
export interface MetadataWriter {
  /** Takes the place of what was noted under this kind. */
  set(values: Values, kind?: string): Promise<void>;
  /** @deprecated As `set`, but adds to what the same step has noted under this kind. */
  update(values: Values, kind?: string): Promise<void>;
}

type OfAttempt<TMore> = MetadataWriter & TMore & { span(id: string): MetadataWriter & TMore };
type OfStep<TMore> = OfAttempt<TMore> & {
  /** One attempt, from 0; without a value the one that is running. */
  attempt(attempt?: number): OfAttempt<TMore>;
};
type OfRun<TMore> = OfStep<TMore> & {
  /** A step by its id, and how often that id was used before; without an id the one that is running. */
  step(id?: string, index?: number): OfStep<TMore>;
};

/** Narrows down what is to be noted about; without any of it: the step that is running, outside a step the run. */
export type MetadataBuilder<TMore = unknown> = OfRun<TMore> & {
  /** A run; without an id the one that is running. */
  run(id?: string): OfRun<TMore>;
};

/** `step.metadata(id)`: each note is a step; about the run unless narrowed down. */
export type MetadataStepTool = MetadataBuilder<{
  /** Several notes in one step. */
  do(body: (metadata: MetadataBuilder) => Promise<void>): Promise<void>;
}>;

/** Writes a note about what `config` says. */
export type WriteNote = (config: MetadataConfig, note: Note) => Promise<void>;

/** Runs a body in a step. */
type InStep = (body: () => Promise<void>) => PromiseLike<unknown>;

class Builder {
  readonly #config: MetadataConfig;
  readonly #write: WriteNote;
  readonly #inStep: InStep;

  constructor(config: MetadataConfig, write: WriteNote, inStep: InStep) {
    this.#config = config;
    this.#write = write;
    this.#inStep = inStep;
  }

  #narrowed(more: MetadataConfig): Builder {
    return new Builder({ ...this.#config, ...more }, this.#write, this.#inStep);
  }

  run(id?: string): Builder {
    return this.#narrowed({ runId: id ?? null });
  }

  step(id?: string, index = 0): Builder {
    return this.#narrowed({ stepId: id ?? null, stepIndex: index });
  }

  attempt(attempt?: number): Builder {
    return this.#narrowed({ attempt: attempt ?? null });
  }

  span(id: string): Builder {
    return this.#narrowed({ spanId: id });
  }

  set(values: Values, kind?: string): Promise<void> {
    return this.#note({ values, kind: kindOf(kind), op: "set" });
  }

  update(values: Values, kind?: string): Promise<void> {
    return this.#note({ values, kind: kindOf(kind), op: "set", merges: true });
  }

  async do(body: (metadata: MetadataBuilder) => Promise<void>): Promise<void> {
    const direct = new Builder(this.#config, this.#write, atOnce);
    await this.#inStep(() => body(direct));
  }

  async #note(note: Note): Promise<void> {
    await this.#inStep(() => this.#write(this.#config, note));
  }
}

const atOnce: InStep = (body) => body();

function kindOf(kind = "default"): string {
  return `userland.${kind}`;
}

/** Writes at once. */
export function metadataBuilder(write: WriteNote): MetadataBuilder {
  return new Builder({}, write, atOnce);
}

/** Writes in a step, about the run unless narrowed down. */
export function stepMetadata(write: WriteNote, inStep: InStep): MetadataStepTool {
  return new Builder({ runId: null }, write, inStep);
}
