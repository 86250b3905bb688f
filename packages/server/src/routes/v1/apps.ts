import { z } from "zod";
import { bare } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { functionV1 } from "../../schemas/app.ts";
import { functionViewV1 } from "../../views/app.ts";
import { functionsOfApp } from "../lookup.ts";

/** Apps of the v1 API (SERVER §4.2). */
export const appEndpointsV1: Endpoint[] = [
  endpoint({
    id: "listFunctionsV1",
    method: "GET",
    path: "/v1/apps/:app/functions",
    summary: "An app's functions, as a bare array",
    scope: "read",
    answer: bare(z.array(functionV1)),
    errors: ["app_not_found"],
    handle: async ({ params }, { store }) => (await functionsOfApp(store, params.app)).map(functionViewV1),
  }),
];
