import type { EventPayload } from "@stepfast/protocol";
import type { EqualityKey } from "./equality-key.ts";
import type { Expression } from "./expression.ts";

export { type EqualityKey, keyAt, keyOf } from "./equality-key.ts";
export type { Expression, ExpressionVars } from "./expression.ts";
export { compileExpression } from "./expression-cache.ts";

/** {@link Expression.waitKey} */
export function waitKey(expression: Expression, event: EventPayload): EqualityKey | null {
  return expression.waitKey(event);
}

/** {@link Expression.constantKey} */
export function constantKey(expression: Expression): EqualityKey | null {
  return expression.constantKey();
}
