import type { AppUnderTest } from "../campaign/app-under-test.ts";
import { Program } from "./program.ts";
import type { WorkerOptions } from "./worker.ts";

/** One of the workers: a process that connects to any node, and goes to another one when that is gone. */
export class ClusterWorker {
  readonly #options: WorkerOptions;
  #program: Program | undefined;

  private constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Resolves when it is connected. */
  static async start(options: WorkerOptions): Promise<ClusterWorker> {
    const worker = new ClusterWorker(options);
    await worker.restart();
    return worker;
  }

  get name(): string {
    return this.#options.name;
  }

  get app(): AppUnderTest {
    return this.#options.app;
  }

  get hasFailed(): boolean {
    return this.#program?.hasFailed === true;
  }

  async restart(): Promise<void> {
    this.#program = await Program.start("worker", this.#options);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const program = this.#program;
    this.#program = undefined;
    await program?.kill();
  }

  /** SIGSTOP: it does nothing, and its connection stays. */
  stop(): void {
    this.#program?.signal("SIGSTOP");
  }

  /** SIGCONT. */
  resume(): void {
    this.#program?.signal("SIGCONT");
  }
}
