import type { WaitRow } from "@stepfast/store";
import { compileExpression, keyOf, waitKey } from "./expression/index.ts";

/** How a wait is indexed. Throws where the expression is none. */
export function waitMatch(
  text: string | undefined,
  event: Parameters<typeof waitKey>[1] | undefined,
): Pick<WaitRow, "path" | "key" | "expression"> {
  if (text === undefined || text.trim() === "") return { path: "", key: "", expression: null };
  const expression = compileExpression(text);
  const found = event ? waitKey(expression, event) : null;
  if (!found) return { path: "", key: "", expression: text };
  return { path: found.path, key: keyOf(found.path, found.value), expression: text };
}
