import { StepfastError } from "@stepfast/protocol";
import { Hono } from "hono";

/** Of the original's hosted service (PROTOCOL §8, SERVER §4.4). */
const paths = ["/v2/sandboxes", "/v2/snapshots", "/api/v2/sandboxes", "/api/v2/snapshots"];

/**
 * Virtual machines that a provider runs: there is none behind a server of one's own. Said with a status that SDKs do
 * not repeat, since a step that waited for one would wait for ever.
 */
export function sandboxRoutes(): Hono {
  const app = new Hono({ strict: false });
  for (const path of paths) app.all(path, refuse).all(`${path}/*`, refuse);
  return app;
}

function refuse(): never {
  const message =
    "This server runs no sandboxes: run the program in a step of a worker, or ask a provider of sandboxes from one";
  throw new StepfastError("sandboxes_unavailable", message);
}
