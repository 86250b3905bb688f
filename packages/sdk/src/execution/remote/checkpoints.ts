import { limits, type Op, StepfastError } from "@stepfast/protocol";
import type { CheckpointingOptions } from "../../function/options.ts";
import { durationToMs } from "../../time/duration.ts";
import type { AnyFunction } from "../replay.ts";
import { isBulky } from "./bulky.ts";
import { DefaultMaxRuntime, defaultCheckpointingOptions } from "./checkpoint-defaults.ts";

export interface CheckpointSettings {
  /** 0: no end. */
  maxRuntimeMs: number;
  bufferedSteps: number;
  /** 0: off. */
  maxIntervalMs: number;
}

/** A function's way of checkpointing; undefined where it is switched off. */
export function checkpointSettings(
  fn: AnyFunction,
  defaultMaxRuntimeMs: number = DefaultMaxRuntime.serve,
): CheckpointSettings | undefined {
  const { client, opts } = fn;
  const choice =
    opts.checkpointing ??
    client.options.checkpointing ??
    opts.experimentalCheckpointing ??
    client.options.experimentalCheckpointing ??
    true;
  if (choice === false) return undefined;
  const options: CheckpointingOptions = typeof choice === "object" ? choice : {};
  return {
    maxRuntimeMs: options.maxRuntime === undefined ? defaultMaxRuntimeMs : durationToMs(options.maxRuntime),
    bufferedSteps: Math.min(
      Math.max(1, options.bufferedSteps ?? defaultCheckpointingOptions.bufferedSteps),
      limits.stepsPerRun,
    ),
    maxIntervalMs: options.maxInterval === undefined ? 0 : durationToMs(options.maxInterval),
  };
}

/** Finished steps on their way to the engine while the call goes on (PROTOCOL §7). */
export class Checkpoints {
  readonly #save: (ops: Op[]) => Promise<void>;
  readonly #settings: CheckpointSettings;
  readonly #startedAt = Date.now();
  #buffer: Op[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #underWay = 0;
  #failed = false;

  constructor(save: (ops: Op[]) => Promise<void>, settings: CheckpointSettings) {
    this.#save = save;
    this.#settings = settings;
  }

  /** The call has gone on for long enough: the next step belongs to another one. */
  get isSpent(): boolean {
    const { maxRuntimeMs } = this.#settings;
    return this.#failed || (maxRuntimeMs > 0 && Date.now() - this.#startedAt >= maxRuntimeMs);
  }

  /** So much has not been saved that the function may not go on before it is. */
  get isDue(): boolean {
    return !this.#failed && this.#buffer.length >= this.#settings.bufferedSteps;
  }

  /** What is held is better saved than taken along in an answer. */
  get isBulky(): boolean {
    return !this.#failed && this.#buffer.some(({ data }) => isBulky(data));
  }

  get isSaving(): boolean {
    return this.#underWay > 0;
  }

  /** Keeps finished steps until it is time to save them, or the call's answer takes them along. */
  hold(ops: Op[]): void {
    this.#buffer.push(...ops);
    const { maxIntervalMs } = this.#settings;
    if (maxIntervalMs > 0) this.#timer ??= setTimeout(() => this.flush().catch(() => {}), maxIntervalMs);
  }

  /**
   * Saves what is held. What cannot be saved stays, to be part of the answer. Rejects only if the call no longer owns the
   * run.
   */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#underWay++;
    this.#saving = this.#saving
      .then(() => this.#saveBuffer())
      .finally(() => {
        this.#underWay--;
      });
    return this.#saving;
  }

  async #saveBuffer(): Promise<void> {
    const ops = this.#buffer;
    if (ops.length === 0 || this.#failed) return;
    this.#buffer = [];
    try {
      await this.#save(ops);
    } catch (error) {
      if (isStaleDispatch(error)) throw error;
      this.#failed = true;
      this.#buffer = [...ops, ...this.#buffer];
    }
  }

  /** What has not been saved. */
  take(): Op[] {
    clearTimeout(this.#timer);
    const ops = this.#buffer;
    this.#buffer = [];
    return ops;
  }
}

function isStaleDispatch(error: unknown): boolean {
  if (StepfastError.is(error)) return error.code === "stale_dispatch";
  return error instanceof Error && error.name === "StaleDispatchError";
}
