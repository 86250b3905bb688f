import type { Inngest } from "../client/client.ts";
import type { InngestFunction } from "../function/function.ts";
import type { Untyped } from "../types/untyped.ts";

/** Any client: what its events are typed as does not matter here. */
export type ServeClient = Inngest<Untyped>;

/** Any function, deferred ones too. */
export type ServedFunction = InngestFunction<Untyped, Untyped>;
