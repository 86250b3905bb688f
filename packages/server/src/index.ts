export { type RetentionPolicy, type SizeLimits, sizeLimits } from "@stepfast/engine";
export { type OpenApiDocument, openApi } from "./api/openapi.ts";
export type { ServerKeys } from "./auth/access.ts";
export { EventKeys } from "./auth/event-keys.ts";
export { type SigningKeyOptions, SigningKeys } from "./auth/signing-keys.ts";
export {
  backupDatabase,
  type ComposeOptions,
  type Composition,
  compose,
  type DatabaseTuning,
  type EngineTuning,
  migrateDatabase,
  restoreDatabase,
} from "./compose.ts";
export { type GatewayLimits, gatewayLimits } from "./connect/limits.ts";
export { DEFAULT_GATEWAY_PORT } from "./connect/open-gateway.ts";
export type { CloudDeps, DevDeps, ServerDeps } from "./deps.ts";
export { type DevServer, type DevServerOptions, startDevServer } from "./dev-server.ts";
export { type Embedded, type EmbedOptions, embed } from "./embed.ts";
export { isLoopbackHost } from "./http/guard.ts";
export { type Listener, type ListenOptions, listen } from "./listen.ts";
export { type DatabaseMoveOptions, moveDatabase } from "./move/database-move.ts";
export { type MoveOutcome, moveStore, type TableProgress } from "./move/move.ts";
export {
  type ProductionOptions,
  type ProductionServer,
  startProductionServer,
} from "./production-server.ts";
export type { Exchange } from "./remote/http-exchange.ts";
export { type HttpRemoteOptions, httpRemote } from "./remote/remote.ts";
export type { Reply } from "./remote/reply.ts";
export { endpoints } from "./routes/endpoints.ts";
export { createServer, type Server } from "./server.ts";
export { consoleLog, type LogLevel, logLevels } from "./system/console-log.ts";
export { systemClock } from "./system/system-clock.ts";
export { systemRandom } from "./system/system-random.ts";
export type { DeferView, LinkedRun, Span, SpanStatus, StepWait, Trace } from "./trace/span.ts";
export { buildTrace, type TraceRows } from "./trace/trace.ts";
export { version } from "./version.ts";
export type { WaitingFor } from "./views/waiting.ts";
