import { fakeCall } from "@stepfast-examples/stage";

/* Stand-ins for what the functions call. Each keeps a record and fails when told to. */

export const dallE = {
  generate: fakeCall("dallE.generate", (prompt: string) => `dall-e://${prompt}`),
};

export const midjourney = {
  generate: fakeCall("midjourney.generate", (prompt: string) => `midjourney://${prompt}`),
};

export const pusher = {
  trigger: fakeCall("pusher.trigger", (_channel: string, _event: string, _data: unknown) => {}),
};

export const updateMetric = fakeCall("updateMetric", () => {});

/** The table that rows are added to. */
export const rows = new Set<string>();

export const createRow = fakeCall("createRow", (id: string) => {
  rows.add(id);
  return { id };
});

export const addDetail = fakeCall("addDetail", (_entry: unknown) => {});

export const removeRow = fakeCall("removeRow", (id: string) => {
  rows.delete(id);
});

export const services = [
  dallE.generate,
  midjourney.generate,
  pusher.trigger,
  updateMetric,
  createRow,
  addDetail,
  removeRow,
];
