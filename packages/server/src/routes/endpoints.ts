import type { Endpoint } from "../api/endpoint.ts";
import { appEndpointsV1 } from "./v1/apps.ts";
import { cancellationEndpointsV1 } from "./v1/cancellations.ts";
import { eventEndpointsV1 } from "./v1/events.ts";
import { runEndpointsV1 } from "./v1/runs.ts";
import { webhookEndpointsV1 } from "./v1/webhooks.ts";
import { appEndpoints } from "./v2/apps.ts";
import { bulkOperationEndpoints } from "./v2/bulk.ts";
import { eventEndpoints } from "./v2/events.ts";
import { experimentEndpoints } from "./v2/experiments.ts";
import { functionEndpoints } from "./v2/functions.ts";
import { insightEndpoints } from "./v2/insights.ts";
import { keyEndpoints } from "./v2/keys.ts";
import { limitEndpoints } from "./v2/limits.ts";
import { runEndpoints } from "./v2/runs.ts";
import { serverEndpoints } from "./v2/server.ts";
import { sessionEndpoints } from "./v2/sessions.ts";
import { webhookEndpoints } from "./v2/webhooks.ts";

/** The REST API: routes, keys' scopes, /openapi.json and the client are made of this list. */
export const endpoints: readonly Endpoint[] = [
  ...runEndpoints,
  ...bulkOperationEndpoints,
  ...eventEndpoints,
  ...appEndpoints,
  ...functionEndpoints,
  ...limitEndpoints,
  ...sessionEndpoints,
  ...experimentEndpoints,
  ...insightEndpoints,
  ...webhookEndpoints,
  ...keyEndpoints,
  ...serverEndpoints,
  ...eventEndpointsV1,
  ...runEndpointsV1,
  ...cancellationEndpointsV1,
  ...appEndpointsV1,
  ...webhookEndpointsV1,
];
