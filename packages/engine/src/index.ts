export * from "./engine.ts";
export * from "./ports/index.ts";
