import type { Figure } from "./figure.ts";

export interface CaseOptions {
  /** A folder of its own, on the disk that is measured. */
  folder: string;
  /** As little as shows that it works. */
  smoke: boolean;
}

/** Something to measure. Each runs in a process of its own, so that none sees the memory or the warmth of another. */
export interface Case {
  name: string;
  run(options: CaseOptions): Promise<Figure[]>;
}
