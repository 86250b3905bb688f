import type { Endpoint } from "../serve/endpoint.ts";
import { answerWebRequest } from "./web-message.ts";

/** A framework's handler whose one argument holds the request. */
export type WebEventHandler = (event: { request: Request }) => Promise<Response>;

export function webEventHandler(endpoint: Endpoint): WebEventHandler {
  return ({ request }) => answerWebRequest(endpoint, request);
}
