import { fakeCall } from "@stepfast-examples/stage";

/** A stand-in that keeps a record of what it pushed, and can be held on its way. */
export const pushNotificationService = {
  push: fakeCall("push", (_userId: string, _body: string) => {}),
};
