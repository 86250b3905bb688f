export type { components, operations, paths } from "./api-types.ts";
export { type ApiClient, type ApiClientOptions, answerOf, createApiClient } from "./client.ts";
