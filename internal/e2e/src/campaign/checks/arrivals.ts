import { isKind } from "../app-under-test.ts";
import { type Evidence, groupBy } from "../evidence.ts";

/** Every acknowledged event is there, a batch is there as a whole or not at all, and none is there twice. */
export function* checkArrivals({ events, courier, scenarios }: Evidence): Generator<string> {
  const byId = new Map(events.map((event) => [event.internal_id, event]));
  for (const { eventId, key, name } of courier.receipts) {
    const event = byId.get(eventId);
    if (!event) yield `event ${eventId} (${name} ${key}) was acknowledged and is lost`;
    else if (event.name !== name || event.data.key !== key) yield `event ${eventId} is not what was sent`;
  }
  // Those that steps send, too. Only an opening may be sent more than once.
  const sent = new Set(scenarios.flatMap(({ starts }) => Object.keys(starts)));
  const once = events.filter((event) => sent.has(event.name) && !isKind(event.name, "opened"));
  const copies = groupBy(once, ({ name, data }) => `${name} ${data.key}`);
  for (const [about, { length }] of copies) {
    if (length > 1) yield `the event ${about} is there ${length} times`;
  }
  const keys = new Set(once.map(({ data }) => data.key));
  for (const batch of courier.doubtful) {
    const arrived = batch.filter((key) => keys.has(key));
    if (arrived.length > 0 && arrived.length < batch.length)
      yield `of the batch ${batch.join(" ")} only ${arrived.join(" ")} arrived`;
  }
}
