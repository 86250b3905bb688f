import { limits } from "@stepfast/protocol";
import { Hono } from "hono";
import type { ServerDeps } from "../deps.ts";
import { spansByRun } from "../otlp/kept-span.ts";
import { exportResponse } from "../otlp/protobuf.ts";
import { type Encoding, encodingOf, readExport } from "../otlp/read-request.ts";

/** How many spans were not kept, and why. */
interface Rejected {
  count: number;
  reasons: string[];
}

async function take(request: Request, { engine }: ServerDeps): Promise<Rejected> {
  const { runs, invalid } = spansByRun(await readExport(request));
  let [unknown, over] = [0, 0];
  for (const [runId, spans] of runs) {
    const taken = await engine.spans.add(runId, spans);
    unknown += taken.unknown;
    over += taken.over;
  }
  const { spansPerRun, runSpanBytes, spanBytes } = limits;
  const reasons = [
    invalid > 0 && `${invalid} without valid ids or times`,
    unknown > 0 && `${unknown} of no run that is known here`,
    over > 0 &&
      `${over} over the limits: a run has ${spansPerRun} spans of ${runSpanBytes} bytes in all, each ${spanBytes} at most`,
  ].filter((reason) => reason !== false);
  return { count: invalid + unknown + over, reasons };
}

/** Spans that are not kept are told of, and not sent again: that is what OTLP calls a partial success. */
function answer({ count, reasons }: Rejected, encoding: Encoding): Response {
  const partialSuccess =
    count === 0 ? undefined : { rejectedSpans: count, errorMessage: `Not kept: ${reasons.join("; ")}` };
  if (encoding === "json") return Response.json(partialSuccess === undefined ? {} : { partialSuccess });
  const bytes = exportResponse.encode({ partialSuccess });
  return new Response(bytes, { headers: { "content-type": "application/x-protobuf" } });
}

/** Spans of user code (PROTOCOL §8, SERVER §4.2). */
export function traceRoutes(deps: ServerDeps): Hono {
  const app = new Hono({ strict: false });
  app.post("/v1/traces/userland", async ({ req: { raw } }) => {
    const encoding = encodingOf(raw);
    return answer(await take(raw, deps), encoding);
  });
  return app;
}
