import type { FunctionConfig } from "@stepfast/protocol";
import type { FunctionRow } from "@stepfast/store";
import { type FunctionSpec, functionSpec } from "./function-spec.ts";
import { withReadableCrons } from "./schedule/schedule-spec.ts";

/** A function as it was registered last. Throws `invalid_config`, `invalid_expression`. */
export function storedSpec({ appId, config }: Pick<FunctionRow, "appId" | "config">): FunctionSpec {
  return functionSpec(appId, withReadableCrons(JSON.parse(config) as FunctionConfig));
}
