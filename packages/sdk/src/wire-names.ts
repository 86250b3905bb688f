import { headers } from "@stepfast/protocol";

/** Headers by name. */
export const headerKeys = headers;

/** Query keys of a serve URL. */
export const queryKeys = { fnId: "fnId", stepId: "stepId", deployId: "deployId", probe: "probe" } as const;

/** Events that the engine emits. */
export { systemEvents as internalEvents } from "@stepfast/protocol";
