const nothing = () => {};

/** A logger for programs that fail on purpose. */
export const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing };
