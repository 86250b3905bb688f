/** A request that an SDK, or another client of the API, made. */
export interface RecordedRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: Record<string, string>;
  body: string | null;
}

/** An SDK's answer to a call. */
export interface RecordedAnswer {
  functionId: string;
  stepId: string;
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What went over the wire while an app on the official SDK ran. */
export interface Recording {
  requests: RecordedRequest[];
  answers: RecordedAnswer[];
  /** The body that registered the app. */
  registration: RecordedRequest;
  /** Ids of runs in it: a replay puts runs of its own in their place. */
  runIds: string[];
  eventIds: string[];
}
