import { demandRun } from "../execution/ambient.ts";
import type { GroupTools } from "../group/tools.ts";

/** The group tools of the function or durable endpoint that is running. Throws `invalid_request` where none is. */
export const group: GroupTools = new Proxy({} as GroupTools, {
  get: (_target, name) => Reflect.get(demandRun("`group`").group, name),
});
