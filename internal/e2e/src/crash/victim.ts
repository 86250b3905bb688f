import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { firstUrl } from "../campaign/first-url.ts";

export interface VictimFiles {
  db: string;
  ledger: string;
}

/** `faulty`: commits fail now and then. `forgetful`: results of steps are acknowledged and not kept, now and then. */
export type StoreKind = "sound" | "faulty" | "forgetful";

export interface Life {
  /** Runs it may hold in memory. */
  maxHotRuns: number;
  store: StoreKind;
}

/** Built code, also when this module is run from its source. */
const CHILD = fileURLToPath(new URL("../../dist/crash/child.js", import.meta.url));

/** The child process, from outside. It loads its code at once, and waits to be told to open the database. */
export class Victim {
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #url: Promise<string | undefined>;
  #hasEnded = false;

  constructor(files: VictimFiles, life: Life) {
    const args = [CHILD, files.db, files.ledger, String(life.maxHotRuns), life.store];
    this.#process = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    // Being told after its end is what it is for.
    this.#process.stdin?.on("error", () => {});
    this.#exit = once(this.#process, "exit").then(() => {
      this.#hasEnded = true;
    });
    this.#url = Promise.race([firstUrl(this.#process), this.#exit.then(() => undefined)]);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Resolves with its address once it is ready; undefined if it ended before. */
  open(): Promise<string | undefined> {
    this.#process.stdin?.write("open\n");
    return this.#url;
  }

  /** SIGKILL; resolves when nothing of the process is left. Throws if it had ended by itself. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#exit;
    const { exitCode, signalCode } = this.#process;
    if (signalCode !== "SIGKILL") throw new Error(`the child ended by itself: ${exitCode ?? signalCode}`);
  }

  /** Lets it close in good order. Throws if it does not. */
  async close(): Promise<void> {
    this.#process.stdin?.write("close\n");
    await this.#exit;
    if (this.#process.exitCode !== 0) throw new Error(`the child ended with ${this.#process.exitCode}`);
  }
}
