export { type DevOptions, devFlags } from "./dev-options.ts";
export { longName, variablesOf } from "./flag.ts";
export { main } from "./main.ts";
export { outliveReaders } from "./process-io.ts";
export { configFlag, type StartOptions, startFlags } from "./start-options.ts";
