// What is counted, as plain numbers: a request costs a look-up and a few additions, and makes no object. They are read
// when somebody asks for the metrics. They outlive every reload, as counters must not go back.

import { Counts } from './counts.ts';
import { DurationCounts } from './duration-counts.ts';

/** How a request ended. `refused`: by guard or origin policy; `failed`: by the upstream or by us; `aborted`: its client left. */
const REQUEST_OUTCOMES = ['allowed', 'denied', 'signed-out', 'refused', 'throttled', 'failed', 'aborted'] as const;
export type RequestOutcome = (typeof REQUEST_OUTCOMES)[number];

const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** A status outside 100..599 is never sent. */
const classOf = (status: number): number => Math.min(Math.max(Math.trunc(status / 100) - 1, 0), STATUS_CLASSES.length - 1);

const REQUEST_BOUNDS_MS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000];
const DECISION_BOUNDS_MS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500];

/** One upstream's, or those of requests that are for none. */
export class UpstreamMeter {
  readonly #requests = new Float64Array(REQUEST_OUTCOMES.length * STATUS_CLASSES.length);
  /** By error code and reason. */
  readonly errors = new Counts();
  /** From a request's arrival to the end of its answer. */
  readonly requestTimes = new DurationCounts(REQUEST_BOUNDS_MS);
  /** From a request's arrival until it may go upstream. */
  readonly decisionTimes = new DurationCounts(DECISION_BOUNDS_MS);
  /** Requests for assets by how they were answered; the asset cache counts here. */
  readonly assets = { hits: 0, shared: 0, misses: 0, passed: 0 };
  /** Messages of WebSockets that were not let through. */
  refusedMessages = 0;
  /** What `access.mode: observe` let pass although the rules deny it. */
  observedDenials = 0;
  /** How often the circuit opened. */
  outages = 0;

  countRequest(outcome: RequestOutcome, status: number): void {
    const index = REQUEST_OUTCOMES.indexOf(outcome) * STATUS_CLASSES.length + classOf(status);
    this.#requests[index] = (this.#requests[index] ?? 0) + 1;
  }

  /** Those that there were. */
  *requests(): Iterable<readonly [words: readonly [outcome: RequestOutcome, statusClass: string], count: number]> {
    for (const [row, outcome] of REQUEST_OUTCOMES.entries()) {
      for (const [column, statusClass] of STATUS_CLASSES.entries()) {
        const count = this.#requests[row * STATUS_CLASSES.length + column] ?? 0;
        if (count > 0) yield [[outcome, statusClass], count];
      }
    }
  }
}

export class Meters {
  readonly #upstreams = new Map<string, UpstreamMeter>();
  /** Requests for our own routes by class of status. */
  readonly ownRequests = new Counts();
  /** By method and outcome. */
  readonly signIns = new Counts();
  /** By sign-in method. */
  readonly startedSessions = new Counts();
  /** By reason. */
  readonly endedSessions = new Counts();
  /** By who ordered them. */
  readonly revocations = new Counts();
  /** By issuer and outcome. */
  readonly keyLoads = new Counts();
  /** Issuers whose keys could not be loaded when this was last tried. */
  readonly staleIssuers = new Set<string>();
  /** Of identity providers, by `id` and what could not be asked for. */
  readonly providerFailures = new Counts();
  /** Of the state store, by part. */
  readonly storeFailures = new Counts();
  readonly reloads = { succeeded: 0, failed: 0, isLastGood: true, lastGoodAtMs: 0 };

  /** @param name Of an upstream in the configuration; undefined: none. */
  of(name: string | undefined): UpstreamMeter {
    const key = name ?? '';
    const known = this.#upstreams.get(key);
    if (known !== undefined) return known;
    const meter = new UpstreamMeter();
    this.#upstreams.set(key, meter);
    return meter;
  }

  /** Every one that was asked for, by its upstream's name; `''`: none. */
  upstreams(): Iterable<readonly [name: string, meter: UpstreamMeter]> {
    return this.#upstreams;
  }

  countOwnRequest(status: number): void {
    this.ownRequests.add(STATUS_CLASSES[classOf(status)] ?? '');
  }

  noteReload(isGood: boolean, nowMs: number): void {
    const { reloads } = this;
    reloads.isLastGood = isGood;
    if (isGood) {
      reloads.succeeded += 1;
      reloads.lastGoodAtMs = nowMs;
    } else {
      reloads.failed += 1;
    }
  }
}
