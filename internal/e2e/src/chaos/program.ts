import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { firstUrl } from "../campaign/first-url.ts";

/** The published package wants the WebSocket that later versions of Node have, in its thread too. */
const WORKER_OPTIONS = "--experimental-websocket --no-warnings";

/** A process of this test's own: built code that tells its address in a line of JSON, and ends with its standard input. */
export class Program {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  #isExpected = false;

  private constructor(child: ChildProcess, exit: Promise<unknown>, url: string) {
    this.#process = child;
    this.#exit = exit;
    this.url = url;
  }

  /** `name`: of a module in this folder. Rejects if it ends before it is ready. */
  static async start(name: "node" | "app" | "worker", options: object): Promise<Program> {
    const file = fileURLToPath(new URL(`../../dist/chaos/${name}.js`, import.meta.url));
    const child = spawn(process.execPath, [file, JSON.stringify(options)], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...(name === "worker" && { NODE_OPTIONS: WORKER_OPTIONS }) },
    });
    const exit = once(child, "exit");
    guard(child);
    const url = await Promise.race([firstUrl(child), exit.then(() => undefined)]);
    if (url === undefined) {
      child.kill("SIGKILL");
      throw new Error(`the ${name} ended before it was ready`);
    }
    return new Program(child, exit, url);
  }

  /** Whether it ended and nobody had asked it to. */
  get hasFailed(): boolean {
    return !this.#isExpected && (this.#process.exitCode !== null || this.#process.signalCode !== null);
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#process.kill(signal);
  }

  /** Resolves when nothing of the process is left. */
  async kill(): Promise<void> {
    this.#isExpected = true;
    this.#process.kill("SIGKILL");
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.#exit;
  }

  /** Lets it end in good order. Throws if it does not. */
  async close(): Promise<void> {
    this.#isExpected = true;
    this.#process.stdin?.end();
    await this.#exit;
    if (this.#process.exitCode !== 0) throw new Error(`a child ended with ${this.#process.exitCode}`);
  }
}

const guarded = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of guarded) child.kill("SIGKILL");
});

/** Ends the child when this process ends, however it does: a stopped one would not see the end of its input. */
function guard(child: ChildProcess): void {
  guarded.add(child);
  const script = 'cat > /dev/null; kill -KILL "$0" 2> /dev/null';
  const watch = spawn("sh", ["-c", script, String(child.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  child.once("exit", () => {
    guarded.delete(child);
    watch.kill("SIGKILL");
  });
}
