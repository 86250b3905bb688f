import { request as httpRequest } from "node:http";

/** Sends the beginning of a body and closes the connection. */
export function hangUp(url: string): Promise<void> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", "content-length": "1000" };
    const sent = httpRequest(url, { method: "POST", headers });
    sent.on("error", () => {});
    sent.on("close", resolve);
    sent.write('{"event":', () => sent.destroy());
  });
}

/** Sends a body in pieces of a few bytes each. */
export function inPieces(url: string, bytes: Buffer, size: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
    const sent = httpRequest(url, { method: "POST", headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve(JSON.parse(Buffer.concat(chunks).toString()));
    });
    sent.on("error", reject);
    for (let i = 0; i < bytes.length; i += size) sent.write(bytes.subarray(i, i + size));
    sent.end();
  });
}
