import * as official from "inngest-official";
import { createDefer as officialDefer } from "inngest-official/experimental";
import { createServer as officialServer } from "inngest-official/node";
import * as stepfast from "stepfast";
import { createDefer } from "stepfast/experimental";
import { createServer } from "stepfast/node";

/** What a program of these tests needs of an SDK. */
export interface Sdk {
  name: string;
  Inngest: typeof stepfast.Inngest;
  NonRetriableError: typeof stepfast.NonRetriableError;
  RetryAfterError: typeof stepfast.RetryAfterError;
  StepError: typeof stepfast.StepError;
  referenceFunction: typeof stepfast.referenceFunction;
  fetch: typeof stepfast.fetch;
  openai: typeof stepfast.openai;
  createDefer: typeof createDefer;
  createServer: typeof createServer;
}

export const ours: Sdk = { ...stepfast, name: "stepfast", createDefer, createServer };

/** The published package, as it is. Programs are written once, against our types: the surface is the same. */
export const theirs = {
  ...official,
  name: "inngest 4.24.0",
  createDefer: officialDefer,
  createServer: officialServer,
} as unknown as Sdk;
