import { fakeCall } from "@stepfast-examples/stage";

/*
 * What the samples call, as stand-ins: each keeps a record of its calls and fails when told to.
 */

export interface User {
  id: string;
  isPremium?: boolean;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  data?: unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: the samples do not say what their events carry.
type Data = any;

export const processData = fakeCall("processData", (_data: Data, timestamp: number) => ({ at: timestamp }));

/** When code outside of steps, and inside of them, looked at the time. */
export const moments: number[] = [];

export const fetchUserData = fakeCall("fetchUserData", (..._args: Data[]) => ["ada", "grace"]);
export const fetchOrderData = fakeCall("fetchOrderData", () => ["order 1"]);

export const validatePayment = fakeCall("validatePayment", (_paymentId: string) => {});
export const chargeCustomer = fakeCall("chargeCustomer", (_data: Data) => {});
export const sendEmail = fakeCall("sendEmail", (_to: string) => {});

export const writeReport = fakeCall("writeReport", (userId: string) => ({
  title: `Report on ${userId}`,
  pages: 3,
}));
export const processReport = fakeCall("processReport", (_report: Data) => {});

export const processPayment = fakeCall("processPayment", (_data: Data) => {});
export const longTask = fakeCall("longTask", () => {});
export const cleanupOrderResources = fakeCall("cleanupOrderResources", (_runId: string) => {});

export const criticalTask = fakeCall("criticalTask", (_mode: string) => {});

const users: User[] = [{ id: "u1" }];

export const db = {
  users: {
    findOne: fakeCall("db.users.findOne", (id: string) => users.find((user) => user.id === id) ?? null),
  },
};

export const externalAPI = {
  /** What it answers next; 200 once these are used up. */
  answers: [] as ApiResponse[],
  call: fakeCall("externalAPI.call", (_data: Data): ApiResponse => {
    return externalAPI.answers.shift() ?? { status: 200, headers: {}, data: "welcome" };
  }),
};

export const process1 = fakeCall("process1", (data: Data) => ({ one: data.value }));
export const process2 = fakeCall("process2", (result: Data) => ({ two: result.one + 1 }));

export const getUserData = fakeCall("getUserData", (id: string): User => ({ id, isPremium: id === "gold" }));
export const processPremiumFeatures = fakeCall("processPremiumFeatures", (_user: User) => {});
export const processStandardFeatures = fakeCall("processStandardFeatures", (_user: User) => {});

export const callPrimaryService = fakeCall("callPrimaryService", (_data: Data) => "from the primary");
export const callSecondaryService = fakeCall("callSecondaryService", (_data: Data) => "from the secondary");

const services = [
  processData,
  fetchUserData,
  fetchOrderData,
  validatePayment,
  chargeCustomer,
  sendEmail,
  writeReport,
  processReport,
  processPayment,
  longTask,
  cleanupOrderResources,
  criticalTask,
  db.users.findOne,
  externalAPI.call,
  process1,
  process2,
  getUserData,
  processPremiumFeatures,
  processStandardFeatures,
  callPrimaryService,
  callSecondaryService,
];

export function resetServices(): void {
  for (const service of services) service.reset();
  externalAPI.answers.length = 0;
  moments.length = 0;
}
