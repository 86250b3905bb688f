import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2 } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { serve } from "../../src/adapters/lambda.ts";
import * as redwood from "../../src/adapters/redwood.ts";
import { RecordedApi } from "../serve/recorded-api.ts";
import { registered } from "../serve/registered.ts";
import { callBody, shop } from "../serve/shop.ts";
import { adapterSuite } from "./suite.ts";
import { platform, type WholeRequest } from "./whole-requests.ts";

/* Events as AWS documents them; only what identifies accounts and callers is left out. */

type Handler = ReturnType<typeof serve>;
type Event = Parameters<Handler>[0];

function bodyOf({ body }: WholeRequest, isBase64Encoded: boolean) {
  if (body.length === 0) return { body: null, isBase64Encoded: false };
  return { body: body.toString(isBase64Encoded ? "base64" : "utf8"), isBase64Encoded };
}

/** A REST API: names as they were sent, query decoded. */
function restEvent(request: WholeRequest, isBase64Encoded = false): Partial<APIGatewayProxyEvent> {
  const { method, url, headers } = request;
  const named = Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]);
  const keys = [...url.searchParams.keys()];
  return {
    resource: "/{proxy+}",
    httpMethod: method,
    path: url.pathname,
    headers: Object.fromEntries(named),
    multiValueHeaders: Object.fromEntries(named.map(([name, value]) => [name, [value ?? ""]])),
    queryStringParameters: keys.length > 0 ? Object.fromEntries(url.searchParams) : null,
    multiValueQueryStringParameters:
      keys.length > 0 ? Object.fromEntries(keys.map((key) => [key, url.searchParams.getAll(key)])) : null,
    ...bodyOf(request, isBase64Encoded),
  };
}

/** An HTTP API, or a function URL: lower-case names, query as it was sent. */
function httpEvent(request: WholeRequest, isBase64Encoded = false) {
  const { method, url, headers } = request;
  const { body, ...rest } = bodyOf(request, isBase64Encoded);
  const http = { method, path: url.pathname, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" };
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    requestContext: { http, domainName: url.host },
    ...(body === null ? {} : { body }),
    ...rest,
  };
}

/** A load balancer with multi-value headers: query as it was sent, too. */
function balancerEvent(request: WholeRequest): ALBEvent {
  const { method, url, headers } = request;
  const pairs = url.search.slice(1).split("&").filter(Boolean);
  return {
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:target" } },
    httpMethod: method,
    path: url.pathname,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    multiValueQueryStringParameters: Object.fromEntries(
      pairs.map((pair) => pair.split("=")).map(([key = "", value = ""]) => [key, [value]]),
    ),
    body: request.body.toString(),
    isBase64Encoded: false,
  };
}

const events: Record<string, (request: WholeRequest) => Event> = {
  "a REST API": (request) => restEvent(request) as Event,
  "a REST API, bodies in base64": (request) => restEvent(request, true) as Event,
  "an HTTP API": (request) => httpEvent(request),
  "a function URL, bodies in base64": (request) => httpEvent(request, true),
  "a load balancer": balancerEvent,
};

for (const [name, event] of Object.entries(events)) {
  adapterSuite(`lambda behind ${name}`, {
    frameworkName: "aws-lambda",
    isVariant: !name.startsWith("an HTTP"),
    sendsWhole: true,
    async start(options) {
      const handler = serve(options);
      return platform((request) => handler(event(request)));
    },
  });
}

adapterSuite("redwood", {
  isVariant: true,
  frameworkName: "redwoodjs",
  sendsWhole: true,
  async start(options) {
    const handler = redwood.serve(options);
    return platform((request) => handler(restEvent(request) as Event));
  },
});

const asked = (over: Partial<WholeRequest> = {}): WholeRequest => ({
  method: "PUT",
  url: new URL("https://abc.execute-api.test/api/inngest"),
  headers: { host: "abc.execute-api.test" },
  body: Buffer.alloc(0),
  ...over,
});

describe("lambda", () => {
  async function urlRegistered(
    event: Event,
    make: (options: Parameters<typeof serve>[0]) => Handler = serve,
  ) {
    const api = new RecordedApi();
    const response = await make(shop({ fetch: api.fetch as typeof fetch }))(event);
    expect(response.statusCode).toBe(200);
    return registered(api.requests[0]).url;
  }

  it("registers the URL with the gateway's stage in it", async () => {
    const stage = { path: "/prod/api/inngest", domainName: "abc.execute-api.test" };
    const rest = { ...restEvent(asked()), requestContext: stage } as Event;
    expect(await urlRegistered(rest)).toBe("https://abc.execute-api.test/prod/api/inngest");
    const withoutHost = { ...rest, headers: null, multiValueHeaders: null };
    expect(await urlRegistered(withoutHost)).toBe("https://abc.execute-api.test/prod/api/inngest");
  });

  it("believes the protocol that the gateway says", async () => {
    const headers = { host: "shop.test", "x-forwarded-proto": "http" };
    expect(await urlRegistered(httpEvent(asked({ headers })))).toBe("http://shop.test/api/inngest");
    const odd = { host: "shop.test", "x-forwarded-proto": "gopher" };
    expect(await urlRegistered(httpEvent(asked({ headers: odd })))).toBe("https://shop.test/api/inngest");
  });

  it("knows the path of a redwood function by `servePath` only", async () => {
    const event = restEvent(asked({ url: new URL("https://shop.test/inngest") })) as Event;
    const url = await urlRegistered(event, (options) =>
      redwood.serve({ ...options, servePath: "/api/inngest" }),
    );
    expect(url).toBe("https://abc.execute-api.test/api/inngest");
  });

  it("answers a load balancer in multi-value headers if it asks in them", async () => {
    const request = asked({ method: "GET" });
    const response = await serve(shop())(balancerEvent(request));
    expect(response.multiValueHeaders?.["content-type"]).toEqual([response.headers["content-type"]]);
    expect((await serve(shop())(httpEvent(request))).multiValueHeaders).toBeUndefined();
  });

  it.each([
    [{}],
    [{ Records: [{ eventSource: "aws:sqs" }] }],
    [undefined],
    [{ httpMethod: "GET", path: "/" }],
  ])("answers what is no HTTP request: %j", async (event) => {
    const response = await serve(shop())(event as Event);
    expect(response.statusCode).toBe(500);
    expect(JSON.parse(response.body)).toMatchObject({ type: "internal", code: "invalid_request" });
  });

  it("takes the events of @types/aws-lambda", async () => {
    const handler = serve(shop());
    const body = JSON.stringify(callBody());
    const url = new URL("https://shop.test/api/inngest?fnId=shop-done&stepId=step");
    const request = asked({ method: "POST", url, body: Buffer.from(body) });
    const rest: APIGatewayProxyEvent = restEvent(request) as APIGatewayProxyEvent;
    const http: APIGatewayProxyEventV2 = httpEvent(request) as unknown as APIGatewayProxyEventV2;
    for (const response of [await handler(rest), await handler(http)])
      expect(JSON.parse(response.body)).toEqual({ order: 7 });
  });
});
