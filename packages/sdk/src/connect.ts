export { connect } from "./connect/connection.ts";
export {
  type ConnectApp,
  type ConnectDebugState,
  type ConnectHandlerOptions,
  ConnectionState,
  DEFAULT_SHUTDOWN_SIGNALS,
  type InFlightRequest,
  type WorkerConnection,
} from "./connect/options.ts";
