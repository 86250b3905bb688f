/** How an endpoint answers when its run goes on without its caller. */
export interface EndpointOptions {
  /** `redirect` (default): 302 to where the output will be. `token`: 200 with `{ run_id, token }`. */
  asyncResponse?: "redirect" | "token";
  /** Where to redirect to instead of the server: a path or URL that gets `runId` and `token`, or what makes one. */
  asyncRedirectUrl?: string | ((run: { runId: string; token: string }) => string | Promise<string>);
  /** Names the function. Default: method and path. */
  functionId?: string;
  /** Retries of each step, and of the handler, after the first attempt. Default 3. */
  retries?: number;
}
