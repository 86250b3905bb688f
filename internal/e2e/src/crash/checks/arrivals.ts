import { type Evidence, groupBy } from "../evidence.ts";

/** Every acknowledged event is there, a batch is there as a whole or not at all, and none is there twice. */
export function* checkArrivals({ events, courier, scenarios }: Evidence): Generator<string> {
  const byId = new Map(events.map((event) => [event.internal_id, event]));
  for (const { eventId, key, name } of courier.receipts) {
    const event = byId.get(eventId);
    if (!event) yield `event ${eventId} (${name} ${key}) was acknowledged and is lost`;
    else if (event.name !== name || event.data.key !== key) yield `event ${eventId} is not what was sent`;
  }
  const sent = new Set(scenarios.map((scenario) => scenario.event));
  const byKey = groupBy(
    events.filter((event) => sent.has(event.name)),
    (event) => String(event.data.key),
  );
  for (const [key, copies] of byKey) {
    if (copies.length > 1) yield `the event with key ${key} is there ${copies.length} times`;
  }
  for (const batch of courier.doubtful) {
    const arrived = batch.filter((key) => byKey.has(key));
    if (arrived.length > 0 && arrived.length < batch.length)
      yield `of the batch ${batch.join(" ")} only ${arrived.join(" ")} arrived`;
  }
}
