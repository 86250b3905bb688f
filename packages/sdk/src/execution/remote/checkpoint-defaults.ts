/** How long a call goes on saving its steps before a fresh one takes over, in milliseconds, by how it came. */
export const DefaultMaxRuntime = { connect: 300_000, serve: 10_000 };
export type DefaultMaxRuntime = (typeof DefaultMaxRuntime)[keyof typeof DefaultMaxRuntime];

/** Every step is saved as soon as it has finished. */
export const defaultCheckpointingOptions = { bufferedSteps: 1, maxInterval: 0 };
