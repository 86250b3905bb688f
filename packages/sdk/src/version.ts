/** Version of this package. */
export const version = "0.1.0";

/** How this SDK names itself in headers: the wire it speaks is the one of `inngest` 4. */
export const sdkHeaderValue = `stepfast-js:v${version}`;
