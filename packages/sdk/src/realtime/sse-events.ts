/** One server-sent event. */
export interface SseEvent {
  /** Default `message`. */
  event: string;
  data: string;
}

const EVENT_END = /\r\n\r\n|\n\n|\r\r/;

/** The events of a stream, as they come; comments and what breaks off at its end are left out. */
export async function* sseEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SseEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + decoder.decode(value, { stream: true })).split(EVENT_END);
      rest = parts.pop() ?? "";
      for (const part of parts) {
        const event = eventOf(part);
        if (event) yield event;
      }
    }
  } finally {
    // Who stops listening wants nothing more of it.
    await reader.cancel().catch(() => {});
  }
}

function eventOf(text: string): SseEvent | undefined {
  let event = "message";
  const data: string[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [, field, value = ""] = /^([^:]+):? ?(.*)$/s.exec(line) ?? [];
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
  }
  return data.length === 0 ? undefined : { event, data: data.join("\n") };
}
