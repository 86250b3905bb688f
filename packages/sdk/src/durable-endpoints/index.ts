export { stream } from "../endpoint/stream.ts";
