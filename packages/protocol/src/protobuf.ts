export * from "./connect/message.ts";
