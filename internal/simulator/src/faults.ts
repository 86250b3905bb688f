/** How badly the world treats a simulation: probabilities for one operation, and times in milliseconds. */
export interface Faults {
  /** A store operation: the node dies before it is applied, or after, before it hears of it. */
  crash: number;
  /** A store write is refused as unavailable, applied or not. */
  storeError: number;
  /** A store operation takes seconds. */
  slowStore: number;
  /** A call over the network: the request or the answer is lost. */
  lostCall: number;
  /** The request arrives twice. */
  doubledCall: number;
  /** An answer or a checkpoint is late by seconds. */
  lateCall: number;
  /** A checkpoint is saved, but the SDK does not hear of it and sends it again. */
  doubledCheckpoint: number;
  /** The app that serves the functions dies while it answers. */
  appCrash: number;
  /** A node stands still for longer than its lease, then goes on. Chance a second of the chaotic phase. */
  zombie: number;
}

export const noFaults: Faults = {
  crash: 0,
  storeError: 0,
  slowStore: 0,
  lostCall: 0,
  doubledCall: 0,
  lateCall: 0,
  doubledCheckpoint: 0,
  appCrash: 0,
  zombie: 0,
};
