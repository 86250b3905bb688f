export { type DevOptions, devFlags } from "./dev-options.ts";
export { main } from "./main.ts";
