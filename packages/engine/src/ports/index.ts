export * from "./clock.ts";
export * from "./gateway.ts";
export * from "./log.ts";
export * from "./random.ts";
export * from "./remote.ts";
