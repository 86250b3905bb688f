export type { EndpointFacts } from "./domain/endpoint.ts";
export * from "./engine.ts";
export * from "./ports/index.ts";
export type { NewEndpointRun } from "./services/endpoint-runs.ts";
