/** An HTTP answer, read. Header names are in lower case. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Version given by a streamed wrapper. */
  version?: number;
}
