import { vi } from "vitest";

/** A WebSocket that tests play the server of. */
export class FakeSocket {
  static all: FakeSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: (() => void) | null = null;
  onclose: ((event: { reason?: string }) => void) | null = null;
  readonly url: string;
  isClosed = false;

  constructor(url: string) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  close(): void {
    this.end();
  }

  open(): void {
    this.onopen?.();
  }

  end(reason = ""): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onclose?.({ reason });
  }

  send(message: Record<string, unknown>): void {
    this.onmessage?.({ data: JSON.stringify({ channel: "chat", ...message }) });
  }

  text(text: string): void {
    this.onmessage?.({ data: text });
  }
}

/** Installs the fake one; undone by `vi.unstubAllGlobals()`. */
export function fakeSockets(): FakeSocket[] {
  FakeSocket.all = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  return FakeSocket.all;
}
