import type { WebSocket } from "ws";

/** Why a socket is refused, and the code it is closed with. */
export class Refusal extends Error {
  readonly closeCode: number;

  constructor(message: string, closeCode: number) {
    super(message);
    this.closeCode = closeCode;
  }
}

const MAX_REASON_BYTES = 120;

/** The reason is cut to what a close frame can hold. */
export function closeWith(socket: WebSocket, code: number, reason: string): void {
  const cut = Buffer.from(reason).subarray(0, MAX_REASON_BYTES).toString("utf8");
  socket.close(code, cut.replace(/\uFFFD+$/, ""));
}
