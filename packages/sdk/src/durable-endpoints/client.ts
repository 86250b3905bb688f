export { type FetchWithStreamOptions, fetchWithStream } from "../endpoint/fetch-with-stream.ts";
