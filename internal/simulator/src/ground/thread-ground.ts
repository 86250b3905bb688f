import { Worker } from "node:worker_threads";
import { StepfastError } from "@stepfast/protocol";
import type { ChangeSet, CommitResult, Store } from "@stepfast/store";
import type { EventLoop } from "../event-loop.ts";
import type { DatabasePlaceOptions } from "./database-place.ts";
import type { Ground, MakeGround, WatchedCommit, WatchedStore } from "./ground.ts";
import {
  looks,
  OBSERVER,
  type StoreAnswer,
  type StoreCall,
  type StoreMethod,
  writes,
} from "./store-calls.ts";

interface Asked {
  resolve: (answer: StoreAnswer) => void;
  reject: (error: Error) => void;
}

type Parts = Pick<StoreCall, "node" | "method" | "args" | "runIds">;

/** Stores on a PostgreSQL, in a thread of their own: there time goes on as ever. */
export class StoreThread {
  readonly #worker: Worker;
  readonly #asked = new Map<number, Asked>();
  readonly #isShared: boolean;
  #calls: StoreCall[] = [];
  #count = 0;

  /** Null: stores on a SQLite file. */
  constructor(options: DatabasePlaceOptions | null) {
    this.#isShared = options !== null;
    // Built code: a thread reads no TypeScript.
    this.#worker = new Worker(new URL("../../dist/ground/store-thread.js", import.meta.url), {
      workerData: options,
    });
    this.#worker.on("message", (answers: StoreAnswer[]) => this.#hear(answers));
    this.#worker.on("error", (error: Error) => this.#fail(error));
  }

  /** Calls made in one turn travel together. */
  ask(parts: Parts): Promise<StoreAnswer> {
    const id = ++this.#count;
    if (this.#calls.length === 0) queueMicrotask(() => this.#send());
    this.#calls.push({ id, ...parts });
    return new Promise((resolve, reject) => void this.#asked.set(id, { resolve, reject }));
  }

  #send(): void {
    this.#worker.postMessage(this.#calls);
    this.#calls = [];
  }

  #hear(answers: StoreAnswer[]): void {
    for (const answer of answers) {
      const asked = this.#asked.get(answer.id);
      this.#asked.delete(answer.id);
      if (answer.error === undefined) asked?.resolve(answer);
      else asked?.reject(errorOf(answer.error));
    }
  }

  #fail(error: Error): void {
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
  }

  /** A ground without rows; one at a time. */
  async clear(): Promise<void> {
    await this.ask({ node: OBSERVER, method: "clear", args: [] });
  }

  /**
   * `isHasty`: time goes on while nodes' calls are under way, until an answer is due. So calls of two nodes meet in the
   * database; what comes of it is no longer the seed's alone. By default each call is over before anything else happens.
   */
  ground({ isHasty = false } = {}): MakeGround {
    return (loop) => new ThreadGround(this, loop, { isHasty, isShared: this.#isShared });
  }

  async stop(): Promise<void> {
    await this.clear();
    await this.#worker.terminate();
  }
}

class ThreadGround implements Ground {
  readonly isShared: boolean;
  readonly observer: Store;
  readonly #thread: StoreThread;
  readonly #loop: EventLoop;
  readonly isHasty: boolean;

  constructor(
    thread: StoreThread,
    loop: EventLoop,
    { isHasty, isShared }: { isHasty: boolean; isShared: boolean },
  ) {
    this.isShared = isShared;
    this.#thread = thread;
    this.#loop = loop;
    this.isHasty = isHasty;
    this.observer = this.#storeOf(OBSERVER, true);
  }

  open(node: string): Store {
    return this.#storeOf(node, !this.isHasty);
  }

  leave(node: string): void {
    this.#loop.needs(this.#thread.ask({ node, method: "leave", args: [] }));
  }

  async reopen(): Promise<void> {
    await this.#thread.ask({ node: OBSERVER, method: "reopen", args: [] });
  }

  #storeOf(node: string, isAwaited: boolean): Store {
    const ask = (method: StoreMethod, args: unknown[], runIds?: string[]) => {
      const answer = this.#thread.ask({ node, method, args, ...(runIds === undefined ? {} : { runIds }) });
      if (isAwaited) this.#loop.needs(answer);
      return answer;
    };
    const known = looks.filter((method) => this.isShared || method !== "news");
    const operations = [...known, ...writes].map((method) => {
      return [method, async (...args: unknown[]) => (await ask(method, args)).value];
    });
    const commitWatched = async (changes: ChangeSet, runIds: string[]): Promise<WatchedCommit> => {
      const { value, before = [], after = [] } = await ask("commit", [changes], runIds);
      return { result: value as CommitResult, before, after };
    };
    return { ...Object.fromEntries(operations), commitWatched, close: async () => {} } as WatchedStore;
  }
}

function errorOf({ code, message }: NonNullable<StoreAnswer["error"]>): Error {
  return code === undefined ? new Error(message) : new StepfastError(code as StepfastError["code"], message);
}
