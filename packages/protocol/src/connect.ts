export * from "./connect/messages.ts";
