import type { Deed } from "./ledger.ts";

export const forms = ["cancel", "when", "rollback"] as const;
/** `cancel`: defer, and cancel it at the end. `when`: defer for an end that is no success. `rollback`: of each step. */
export type Form = (typeof forms)[number];

/** Before or after what a step does outside; `asleep`: between two steps; `end`: after the last. */
export type Point = `before ${Deed}` | `after ${Deed}` | "asleep" | "end";

/** What happens to an order, once. */
export interface Fate {
  kill?: Point;
  cancel?: Point;
  fail?: Point;
}

export interface Order {
  id: string;
  /** Orders that are under way together. A kill may hit whatever is: where that would matter the order is alone. */
  wave: string;
  form: Form;
  fate: Fate;
}

const steps = ["charge", "reserve", "ship"] as const;
const undos = ["recall", "release", "refund"] as const;
const edges = (deeds: readonly Deed[]) =>
  deeds.flatMap((deed): Point[] => [`before ${deed}`, `after ${deed}`]);

/** Each costs a process more: `SAGA_ALL=1` has them tried, too. */
const moreKills: Point[] = process.env.SAGA_ALL === "1" ? ["asleep", "end"] : [];

export const fates: Fate[] = [
  {},
  ...[...edges(steps), ...moreKills].map((kill) => ({ kill })),
  ...edges(undos).map((kill): Fate => ({ kill, fail: "end" })),
  ...edges(undos).map((kill): Fate => ({ kill, cancel: "after ship" })),
  ...([...edges(steps), "asleep", "end"] as const).map((cancel) => ({ cancel })),
  ...(["before charge", "before reserve", "before ship", "end"] as const).map((fail) => ({ fail })),
];

function waveOf(id: string, { kill, cancel }: Fate): string {
  if (kill === undefined) return "calm";
  // It would be awake again by the time another one's kill is over.
  if (kill === "asleep") return id;
  return cancel === undefined ? "kills" : id;
}

export const orders: Order[] = forms
  .flatMap((form) =>
    fates.map((fate, index): Order => {
      const id = `${form}-${index}`;
      return { id, wave: waveOf(id, fate), form, fate };
    }),
  )
  // What cleans up after a cancelled run is a run of its own in the other forms: it dies like any run.
  .filter(
    ({ form, fate: { kill, cancel } }) => form === "rollback" || kill === undefined || cancel === undefined,
  );

export function isToSucceed({ cancel, fail }: Fate): boolean {
  return cancel === undefined && fail === undefined;
}
