import { StepfastError } from "@stepfast/protocol";
import { z } from "zod";
import { v2, v2Page } from "../../api/answer.ts";
import { type Endpoint, endpoint } from "../../api/endpoint.ts";
import { paging } from "../../api/query-field.ts";
import type { ServerDeps } from "../../deps.ts";
import { account, environment } from "../../schemas/environment.ts";
import { ONLY_TENANT } from "../../views/event.ts";
import { MAX_PAGE } from "../run-filter.ts";
import { paged } from "./apps.ts";

function theEnvironment({ mode }: ServerDeps): z.input<typeof environment> {
  const [name, type] = mode === "dev" ? (["dev", "TEST"] as const) : (["production", "PRODUCTION"] as const);
  return { id: ONLY_TENANT, name, type, createdAt: null, isArchived: false };
}

const theAccount: z.input<typeof account> = {
  id: ONLY_TENANT,
  name: "Stepfast",
  email: null,
  createdAt: null,
  updatedAt: null,
};

function single(): never {
  throw new StepfastError(
    "single_environment",
    "A server is one environment of one account: start another server, with a database and keys of its own, for another one",
  );
}

/** Health, the account and the one environment there is (SERVER §4.4). */
export const serverEndpoints: Endpoint[] = [
  endpoint({
    id: "getHealth",
    method: "GET",
    path: "/v2/health",
    summary: "Whether the server answers",
    scope: "read",
    answer: v2(z.object({ status: z.literal("ok") })),
    handle: () => ({ status: "ok" as const }),
  }),
  endpoint({
    id: "getAccount",
    method: "GET",
    path: "/v2/account",
    summary: "The only account there is",
    scope: "read",
    answer: v2(account),
    handle: () => theAccount,
  }),
  endpoint({
    id: "listAccounts",
    method: "GET",
    path: "/v2/partner/accounts",
    summary: "The only account there is, as a list",
    scope: "read",
    query: z.object(paging(MAX_PAGE)),
    answer: v2Page(account),
    handle: ({ query }) => paged([theAccount], query),
  }),
  endpoint({
    id: "createAccount",
    method: "POST",
    path: "/v2/partner/accounts",
    summary: "Is refused: a server is one account",
    scope: "admin",
    body: z.object({ email: z.string().optional(), name: z.string().optional() }).meta({ id: "NewAccount" }),
    answer: v2(account),
    errors: ["single_environment"],
    handle: single,
  }),
  endpoint({
    id: "listEnvironments",
    method: "GET",
    path: "/v2/envs",
    summary: "The only environment there is",
    scope: "read",
    query: z.object(paging(MAX_PAGE)),
    answer: v2Page(environment),
    handle: ({ query }, deps) => paged([theEnvironment(deps)], query),
  }),
  endpoint({
    id: "createEnvironment",
    method: "POST",
    path: "/v2/envs",
    summary: "Is refused: a server is one environment",
    scope: "admin",
    body: z.object({ name: z.string(), id: z.string().optional() }).meta({ id: "NewEnvironment" }),
    answer: v2(environment),
    errors: ["single_environment"],
    handle: single,
  }),
  endpoint({
    id: "changeEnvironment",
    method: "PATCH",
    path: "/v2/envs/:environment",
    summary: "Is refused: the only environment cannot be archived",
    scope: "admin",
    body: z.object({ isArchived: z.boolean() }).meta({ id: "EnvironmentChange" }),
    answer: v2(environment),
    errors: ["single_environment"],
    handle: single,
  }),
];
