import type { Engine } from "@stepfast/engine";
import type { SimProcess } from "./process.ts";

/** A node as the network knows it. */
export interface Station {
  readonly name: string;
  readonly process: SimProcess;
  /** Null before it has started. */
  readonly engine: Engine | null;
}
