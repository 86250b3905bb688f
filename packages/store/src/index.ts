export * from "./change-set.ts";
export * from "./group-commit.ts";
export * from "./large-value.ts";
export * from "./move.ts";
export * from "./page-size.ts";
export * from "./records.ts";
export * from "./shared-store.ts";
export * from "./store.ts";
