/** Why a name of the published package is not here. The reasons are told in docs/compatibility.md. */
const SANDBOXES = "there are no machines to make sandboxes of";
const OWN_TYPES = "a type only the published declarations are written with";
const ZOD = "a schema of zod 3, with which the published SDK reads its own messages";
const WIRE = "a message between the published SDK and its server, in its own words";

function each(reason: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(" ").map((name) => [name, reason]));
}

/** By entry and name. */
export const leftOut: Record<string, Record<string, string>> = {
  ".": each(
    OWN_TYPES,
    "ExclusiveKeys GroupToolsDeps IsStringLiteral StrictUnion StrictUnionHelper UnionKeys",
  ),
  "./experimental": each(
    SANDBOXES,
    "DurableSandbox DurableSandboxProcess DurableSandboxSnapshot DurableSandboxTools GroupSandbox GroupSandboxOptions GroupSandboxOptionsOrId Sandbox SandboxAction SandboxClient SandboxCommand SandboxCommandOptions SandboxCommandOutputMetadata SandboxCommandResult SandboxCreateFreshOptions SandboxCreateFromSnapshotOptions SandboxCreateOptions SandboxDestroyResult SandboxDuration SandboxError SandboxErrorCode SandboxErrorDetail SandboxFileDownloadOptions SandboxFileUploadOptions SandboxFileUploadResult SandboxLifecycleOptions SandboxListOptions SandboxListResult SandboxLogStreamOptions SandboxOutputChunk SandboxPageInfo SandboxProcess SandboxProcessListOptions SandboxProcessListResult SandboxProcessOutput SandboxProcessOutputOptions SandboxProcessRef SandboxProcessResource SandboxProcessSignalOptions SandboxProcessStartOptions SandboxProcessState SandboxProcessWaitOptions SandboxRef SandboxResource SandboxResources SandboxSnapshot SandboxSnapshotCloneOptions SandboxSnapshotCreateOptions SandboxSnapshotListOptions SandboxSnapshotListResult SandboxSnapshotRef SandboxSnapshotResource SandboxSnapshotStatus SandboxSnapshotWaitOptions SandboxStatus SandboxValidationError SandboxWaitUntilRunningOptions getSandboxError sandboxMiddleware",
  ),
  "./types": {
    ...each(
      OWN_TYPES,
      "ApplyAllMiddlewareCtxExtensions ApplyAllMiddlewareGroupExtensions ApplyAllMiddlewareStepExtensions ApplyAllMiddlewareTransforms ApplyMiddlewareStaticTransform AsyncResponseValue InternalCheckpointingOptions InvocationResult JsonifyObject MinimalEventPayload PayloadForAnyInngestFunction SendEventOutputWithMiddleware SimplifyDeep Step StepSpan SupportedFrameworkName TimeStrBatch TriggerEventFromFunction WithInvocation types_d_exports types_exports",
    ),
    ...each(
      WIRE,
      "APIStepPayload AuthenticatedIntrospection Capabilities DevServerInfo InBandRegisterRequest IncomingOp OpStack OpUserland Response SendEventResponse SubmitOpFn UnauthenticatedIntrospection",
    ),
    ...each(
      ZOD,
      "functionConfigSchema inBandSyncRequestBodySchema incomingOpSchema jsonErrorSchema sendEventResponseSchema",
    ),
  },
};
