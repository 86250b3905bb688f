export { PostgresServer } from "./server.ts";
