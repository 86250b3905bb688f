import { StepfastError } from "@stepfast/protocol";

const NEWLINE = 0x0a;
/** In which a line's version and the id of its run are. */
const HEAD_BYTES = 256;

/** Which runs are complete in a stream of an archive's lines: no line is kept, however long it is. */
export class LineEnds {
  #head = "";
  /** The run of the last complete line. */
  cursor: string | null = null;
  runs = 0;

  /** Takes in bytes up to the end of the last line in them; returns how many these are. */
  take(bytes: Uint8Array): number {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      this.#read(bytes.subarray(from, end));
      this.#endLine();
      from = end + 1;
    }
    this.#read(bytes.subarray(from));
    return from;
  }

  #read(bytes: Uint8Array): void {
    if (this.#head.length >= HEAD_BYTES) return;
    this.#head += Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString("latin1");
  }

  #endLine(): void {
    const [, runId] = /^\{"v":1,"run":\{"id":"([^"\\]+)"/.exec(this.#head) ?? [];
    if (runId === undefined) {
      const shown = this.#head.slice(0, 80);
      throw new StepfastError(
        "api_unreachable",
        `What the server sends is no archive that this program knows: ${shown}`,
      );
    }
    this.cursor = runId;
    this.runs += 1;
    this.#head = "";
  }
}
