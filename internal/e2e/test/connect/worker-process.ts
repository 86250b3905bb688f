import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { WorkerNews, WorkerOrders } from "../../src/connect/worker.ts";
import { until } from "../http/patience.ts";

const program = fileURLToPath(new URL("../../dist/connect/worker.js", import.meta.url));

/** A worker in a process of its own. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #news: WorkerNews[] = [];
  #errors = "";

  constructor(orders: WorkerOrders) {
    // The published package wants the WebSocket that later versions of Node have, in its thread too.
    const options = ["--experimental-websocket", "--no-warnings"];
    const env = { ...process.env, NODE_OPTIONS: options.join(" ") };
    this.#child = fork(program, [JSON.stringify(orders)], { silent: true, env, execArgv: [] });
    this.#child.on("message", (news: WorkerNews) => this.#news.push(news));
    this.#child.stderr?.on("data", (text: Buffer) => {
      this.#errors += text.toString();
    });
  }

  async connected(): Promise<this> {
    await this.told("connected", (news) => news.kind === "connected");
    return this;
  }

  /** Resolves when it began such a step. */
  began(step: string): Promise<unknown> {
    return this.told(`step ${step}`, (news) => news.kind === "step" && news.step === step);
  }

  attemptsOf(step: string): number[] {
    return this.#news.flatMap((news) => (news.kind === "step" && news.step === step ? [news.attempt] : []));
  }

  async told(what: string, isIt: (news: WorkerNews) => boolean): Promise<void> {
    await until(
      `${what} of a worker; it said: ${this.#errors}`,
      () => {
        if (this.#child.exitCode !== null) throw new Error(`The worker ended: ${this.#errors}`);
        return this.#news.some(isIt);
      },
      (isThere) => isThere,
    );
  }

  /** Lets the step that hangs go on. */
  goOn(): void {
    this.#child.send("go on");
  }

  /** Sends the signal; resolves with the exit code when the process has ended. */
  async signalled(signal: NodeJS.Signals): Promise<number | null> {
    const exited = once(this.#child, "exit") as Promise<[number | null]>;
    this.#child.kill(signal);
    const [code] = await exited;
    return code;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill(signal);
    await exited;
  }
}
