import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { open, truncate } from "node:fs/promises";
import { StepfastError } from "@stepfast/protocol";
import { GzipMember } from "./gzip-member.ts";

/** What is known to be on disk of an archive that is being written. */
export interface ArchiveProgress {
  /** Of the file that count; what follows them was cut off. */
  bytes: number;
  runs: number;
  /** The last run in these bytes. */
  cursor: string | null;
}

/** What was asked for: a file has the answer to one question. */
export interface ArchiveQuestion {
  from?: string;
  until?: string;
}

interface Noted extends ArchiveProgress {
  query: ArchiveQuestion;
}

interface Sink {
  writeFile(data: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

const START: ArchiveProgress = { bytes: 0, runs: 0, cursor: null };

/**
 * A file that an archive is written to. What is in it after a crash is known from a note beside it, `<file>.progress`: an export
 * goes on from there. The note goes when the archive is whole.
 */
export class ArchiveFile {
  readonly #path: string;
  /** As it was asked when the file was begun: times that were given as how long ago stay what they were. */
  readonly query: ArchiveQuestion;
  readonly #sink: Sink;
  readonly #isGzip: boolean;
  #progress: ArchiveProgress;
  #member: GzipMember | null = null;
  #written: number;

  private constructor(path: string, { query, ...progress }: Noted, sink: Sink, isGzip: boolean) {
    this.#path = path;
    this.query = query;
    this.#sink = sink;
    this.#isGzip = isGzip;
    this.#progress = progress;
    this.#written = progress.bytes;
  }

  /** Throws `invalid_config` where something else is there already. */
  static async open(
    path: string,
    { query, isGzip }: { query: ArchiveQuestion; isGzip: boolean },
  ): Promise<ArchiveFile> {
    const noted = notedOf(path, query) ?? { ...START, query };
    try {
      note(path, noted);
      const sink = await open(path, "a");
      await truncate(path, noted.bytes);
      return new ArchiveFile(path, noted, sink, isGzip);
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  get progress(): ArchiveProgress {
    return this.#progress;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (!this.#isGzip) return await this.#append(bytes);
    this.#member ??= new GzipMember();
    await this.#append(await this.#member.add(bytes));
  }

  async #append(bytes: Uint8Array): Promise<void> {
    try {
      await this.#sink.writeFile(bytes);
      this.#written += bytes.length;
    } catch (error) {
      throw unwritable(this.#path, error);
    }
  }

  /** What was written so far ends with this run; from then on it is known to be there. */
  async settle(cursor: string, runs: number): Promise<void> {
    await this.#flush();
    this.#progress = { bytes: this.#written, runs: this.#progress.runs + runs, cursor };
    note(this.#path, { ...this.#progress, query: this.query });
  }

  async #flush(): Promise<void> {
    if (this.#member) await this.#append(await this.#member.end());
    this.#member = null;
    await this.#sink.sync();
  }

  /** The archive is whole. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#sink.close();
    rmSync(noteOf(this.#path));
  }

  /** It is left as it is, to be gone on with; with nothing in it that counts it is removed. Resolves to whether it is there. */
  async leave(): Promise<boolean> {
    await this.#sink.close();
    if (this.#progress.cursor !== null) return true;
    rmSync(this.#path);
    rmSync(noteOf(this.#path));
    return false;
  }
}

function noteOf(path: string): string {
  return `${path}.progress`;
}

/** Null: nothing was begun. */
function notedOf(path: string, query: ArchiveQuestion): Noted | null {
  if (!existsSync(noteOf(path))) {
    if (!existsSync(path)) return null;
    throw new StepfastError("invalid_config", `${path} is there already: name a file that is not.`);
  }
  const noted = JSON.parse(readFileSync(noteOf(path), "utf8")) as Noted;
  if (JSON.stringify(apartFromTimes(noted.query)) === JSON.stringify(apartFromTimes(query))) return noted;
  throw new StepfastError(
    "invalid_config",
    `${path} was begun with other options: use those to go on with it, or remove it and ${noteOf(path)}.`,
  );
}

function apartFromTimes({ from, until, ...others }: ArchiveQuestion): object {
  return { ...others, isFrom: from !== undefined, isUntil: until !== undefined };
}

/** As a whole or not at all, whenever the process dies. */
function note(path: string, noted: Noted): void {
  const fresh = `${noteOf(path)}.new`;
  const file = openSync(fresh, "w");
  try {
    writeSync(file, JSON.stringify(noted));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, noteOf(path));
}

function unwritable(path: string, cause: unknown): StepfastError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StepfastError("invalid_config", `${path} cannot be written: ${reason}`, { cause });
}
