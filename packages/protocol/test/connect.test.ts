import { describe, expect, it } from "vitest";
import {
  connectFrame,
  connectKinds,
  connectMessage,
  executorRequest,
  sdkResponse,
  startRequest,
  workerConnectRequest,
} from "../src/connect.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

describe("messages of connect", () => {
  it("are protobuf, byte by byte", () => {
    expect(Buffer.from(connectFrame(connectKinds.gatewayHello)).toString("hex")).toBe("");
    expect(Buffer.from(connectFrame(150, bytes("ff00"))).toString("hex")).toBe("0896011202ff00");
    expect(connectMessage.decode(bytes("089601 1202ff00"))).toEqual({ kind: 150, payload: bytes("ff00") });
    const reply = sdkResponse.encode({ requestId: "R", status: 1, noRetry: true, retryAfter: "" });
    expect(Buffer.from(reply).toString("hex")).toBe("0a0152 2801 3801 4200".replaceAll(" ", ""));
  });

  it("come back as they went, nested and repeated ones too", () => {
    const request = {
      connectionId: "c",
      instanceId: "dèjà",
      authData: { sessionToken: "s", syncToken: "t" },
      capabilities: bytes("7b7d"),
      apps: [
        { appName: "a", appVersion: undefined, functions: bytes("5b5d") },
        { appName: "b", appVersion: "1", functions: bytes("") },
      ],
      manualReadinessAck: true,
      systemAttributes: { cpuCores: 2, memBytes: 2 ** 40, os: "linux" },
      environment: undefined,
      framework: "connect",
      platform: "",
      sdkVersion: "v1",
      sdkLanguage: "typescript",
      startedAt: { seconds: 1_717_171_717, nanos: 5 },
      maxWorkerConcurrency: 0,
    };
    const read = workerConnectRequest.decode(workerConnectRequest.encode(request));
    const plain = (value: object) => JSON.parse(JSON.stringify(value));
    const asBuffers = { ...read, capabilities: Buffer.from(read.capabilities) };
    const apps = read.apps.map((app) => ({ ...app, functions: Buffer.from(app.functions) }));
    expect(plain({ ...asBuffers, apps })).toEqual(plain(request));
    expect(read.environment).toBeUndefined();
    expect(read.maxWorkerConcurrency).toBe(0);
  });

  it("read as empty what is absent", () => {
    expect(executorRequest.decode(bytes(""))).toMatchObject({ requestId: "", stepId: undefined, runId: "" });
    expect(workerConnectRequest.decode(bytes(""))).toMatchObject({ apps: [], authData: undefined });
  });

  it("skip what a later version adds, and fields of another kind than theirs", () => {
    // Field 99 as a varint, a text, 64 and 32 bits and a group; field 1 as a varint; then field 2.
    const later = "980601 9a0601ff 99060102030405060708 9d0601020304 9b06089601 9c06";
    expect(startRequest.decode(bytes(`${later} 0801 0a0178`))).toEqual({ excludeGateways: ["x"] });
  });

  it.each(["08", "0a05ff", "0a", "ff", "0aff", "07", `0a${"ff".repeat(11)}`, "000000", "0b0b0b"])(
    "refuse %s",
    (hex) => {
      expect(() => startRequest.decode(bytes(hex))).toThrow(
        expect.objectContaining({ code: "invalid_request" }),
      );
    },
  );

  it("read a list of very many in one go", () => {
    const count = 1_000_000;
    const many = Buffer.alloc(count * 2, bytes("0a00"));
    expect(startRequest.decode(many).excludeGateways).toHaveLength(count);
  });
});
