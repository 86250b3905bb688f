export { type OpenedStore, type OpenStore, storeConformance } from "./conformance.ts";
export { differentialRun } from "./differential/differential.ts";
export { pruneAll } from "./pruning.ts";
export * from "./rows.ts";
export { sharedStoreConformance } from "./shared-conformance.ts";
export type { SharedNodes } from "./shared-nodes.ts";
export { type Snapshot, snapshotOf } from "./snapshot.ts";
