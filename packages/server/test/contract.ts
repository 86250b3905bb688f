import { Contract } from "@stepfast-internal/api-contract";
import { openApi } from "../src/api/openapi.ts";
import { endpoints } from "../src/routes/endpoints.ts";

/** Of all answers in these tests: they have no member that is not told of. */
export const contract = new Contract(openApi(endpoints, { isStrict: true }));
