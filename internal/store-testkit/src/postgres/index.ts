export { bouncerProgram, PgBouncer } from "./pg-bouncer.ts";
export { PostgresServer } from "./server.ts";
