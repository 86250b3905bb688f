import type { CallAnswer, OpOptions } from "@stepfast/protocol";

/** A request that a step leaves to the server (PROTOCOL §5.2). */
export interface OffloadedRequest {
  op: "AIGateway" | "Gateway";
  /** As the SDK wrote them: url, headers, body and so on. */
  opts: OpOptions;
  /** Zero-based attempt of the step. */
  attempt: number;
}

/** Makes requests in place of functions. */
export interface Gateway {
  /** `complete` with what replay shall see, or `error`; it never rejects. */
  perform(request: OffloadedRequest): Promise<Exclude<CallAnswer, { kind: "ops" }>>;
}

/** For an engine that was given none. */
export const noGateway: Gateway = {
  perform: async ({ op }) => ({
    kind: "error",
    error: {
      name: "Error",
      message: `This engine makes no requests for steps (${op})`,
      code: "invalid_request",
    },
    noRetry: true,
  }),
};
