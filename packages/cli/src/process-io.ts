import pc from "picocolors";

/** What a command that serves touches of its surroundings. */
export interface ServerIo {
  /** Writes one line for people to read. */
  tell(line: string): void;
  /** Resolves when the user or the system asks to stop; a second request is not waited for. */
  untilStopped(): Promise<string>;
  color: boolean;
}

/**
 * Resolves at the first SIGINT or SIGTERM; a second one ends the process as a kill does, which nothing acknowledged is lost
 * by. An orderly exit would tear the database's thread down in the middle of a write, and now and then die of that instead.
 */
function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (signal: string) => {
      if (asked) process.kill(process.pid, "SIGKILL");
      asked = true;
      resolve(signal);
    };
    process.on("SIGINT", () => stop("SIGINT"));
    process.on("SIGTERM", () => stop("SIGTERM"));
  });
}

/** As a shell tells of a program that wrote to a pipe whose reader had left: 128 and the number of SIGPIPE. */
const READER_LEFT = 141;

/**
 * `stepfast runs list | head -1` ends once its reader has left, and says no more. A server whose log nobody reads any more
 * (`stepfast dev | tee log`, and Ctrl-C ends `tee` first) goes on without it.
 */
export function outliveReaders(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(READER_LEFT);
  });
  process.stderr.on("error", () => {});
}

/** The terminal and the signals of this process. */
export function processIo(): ServerIo {
  return {
    tell: (line) => process.stderr.write(`${line}\n`),
    untilStopped,
    color: pc.isColorSupported,
  };
}
