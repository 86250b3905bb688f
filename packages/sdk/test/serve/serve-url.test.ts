import { describe, expect, it } from "vitest";
import { serveUrl } from "../../src/serve/serve-url.ts";

const asked = new URL("http://10.0.0.7:3000/inner/jobs?deployId=D1&fnId=a&stepId=b&probe=trust#top");

describe("the URL an endpoint registers", () => {
  it.each([
    [{}, {}, "http://10.0.0.7:3000/inner/jobs?deployId=D1"],
    [{ serveOrigin: "https://shop.example" }, {}, "https://shop.example/inner/jobs?deployId=D1"],
    [{ serveOrigin: "https://shop.example:8443/" }, {}, "https://shop.example:8443/inner/jobs?deployId=D1"],
    [{ serveOrigin: "shop.example" }, {}, "https://shop.example/inner/jobs?deployId=D1"],
    [{ servePath: "/jobs" }, {}, "http://10.0.0.7:3000/jobs?deployId=D1"],
    [{ servePath: "jobs" }, {}, "http://10.0.0.7:3000/jobs?deployId=D1"],
    [{}, { INNGEST_SERVE_ORIGIN: "https://env.example" }, "https://env.example/inner/jobs?deployId=D1"],
    [
      {},
      { INNGEST_SERVE_HOST: "env.example", INNGEST_SERVE_PATH: "/e" },
      "https://env.example/e?deployId=D1",
    ],
    [
      { serveOrigin: "https://o.example" },
      { INNGEST_SERVE_ORIGIN: "https://env.example" },
      "https://o.example/inner/jobs?deployId=D1",
    ],
  ])("with options %j and variables %j", (options, env, expected) => {
    expect(serveUrl(asked, options, env).href).toBe(expected);
  });
});
