/** An app that campaigns are made with. */
export interface AppUnderTest {
  id: string;
  /** What the names of its events begin with. */
  domain: string;
  /** Attempts its functions have beside those they need: some are lost with the process that made them. */
  spareAttempts: number;
  /** How much longer bodies of steps take that take any time, so that they can be hit. */
  slowness: number;
}

/** Called in its process, or over HTTP. */
export const calledApp: AppUnderTest = { id: "crash", domain: "work", spareAttempts: 0, slowness: 1 };

/** Has workers, which connect. */
export const fleetApp: AppUnderTest = { id: "fleet", domain: "fleet", spareAttempts: 8, slowness: 10 };

/** Has workers on the published package. */
export const guestApp: AppUnderTest = { id: "guests", domain: "guests", spareAttempts: 8, slowness: 10 };

/** The event of this kind, of whichever app. */
export function isKind(name: string | null, kind: string): boolean {
  return name?.endsWith(`/${kind}`) === true;
}

/** The event of another kind of the same app. */
export function sibling(name: string, kind: string): string {
  return `${name.split("/", 1)[0]}/${kind}`;
}
