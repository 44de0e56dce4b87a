// What a load is and what it gives, whichever generator makes it.

export interface Load {
  /** Port on 127.0.0.1. */
  readonly port: number;
  readonly path: string;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Cookie headers that the requests take in turn, in place of one in `headers`. */
  readonly cookies?: readonly string[];
  readonly connections: number;
  /** Whole seconds: wrk knows no others. */
  readonly seconds: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Latency in microseconds. */
  readonly p50Us: number;
  readonly p99Us: number;
  /** Answers other than 2xx and 3xx, and broken connections: anything but 0 makes the run worthless. */
  readonly errors: number;
}

export interface LoadGenerator {
  /** With its version, for the report. */
  readonly name: string;
  run(load: Load): Promise<LoadResult>;
  /** Asks at a rate that does not wait for slow answers, so that these count with all they hold up. */
  runAtRate(load: Load, requestsPerSecond: number): Promise<LoadResult>;
}
