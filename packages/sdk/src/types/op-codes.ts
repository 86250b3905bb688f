/** What an op of a call's answer is about. */
export const StepOpCode = {
  WaitForSignal: "WaitForSignal",
  WaitForEvent: "WaitForEvent",
  Step: "Step",
  StepRun: "StepRun",
  StepError: "StepError",
  StepFailed: "StepFailed",
  StepPlanned: "StepPlanned",
  Sleep: "Sleep",
  StepNotFound: "StepNotFound",
  InvokeFunction: "InvokeFunction",
  AiGateway: "AIGateway",
  Gateway: "Gateway",
  RunComplete: "RunComplete",
  DiscoveryRequest: "DiscoveryRequest",
  DeferAdd: "DeferAdd",
  DeferAbort: "DeferAbort",
} as const;
export type StepOpCode = (typeof StepOpCode)[keyof typeof StepOpCode];

/** How a function is executed: within one request, a call for each step, or with steps saved as they finish. */
export const StepMode = { Sync: "sync", Async: "async", AsyncCheckpointing: "async_checkpointing" } as const;
export type StepMode = (typeof StepMode)[keyof typeof StepMode];

/** What a durable endpoint answers once it goes on in the background. */
export const AsyncResponseType = { Redirect: "redirect", Token: "token" } as const;
export type AsyncResponseType = (typeof AsyncResponseType)[keyof typeof AsyncResponseType];
