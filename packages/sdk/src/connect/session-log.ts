/** Where a session says what becomes of its connections. */
export type SessionLog = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields?: Record<string, unknown>,
) => void;
