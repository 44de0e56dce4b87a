// How many requests each session may send: a token bucket for each that sends any, so that a page that opens many at once
// is not held up, and a script without end is. Told apart by session, not by login: kiosks share a login, and one that runs
// away must not take the others along; `session.maxPerUser` bounds how many buckets one person has.

const SECOND_MS = 1000;
/** Refusals of one session are told once in this long. */
const TELL_AGAIN_MS = 60_000;
/** Buckets of either half; with both, some 20 MB. */
const MAX_BUCKETS = 50_000;

interface Bucket {
  tokens: number;
  atMs: number;
  toldAtMs: number;
}

export interface RequestRate {
  /** Tokens that come back in a second. */
  readonly perSecond: number;
  /** Most tokens in a bucket; a new one is full. */
  readonly burst: number;
}

interface RateRefusal {
  /** Until there is a token again. */
  readonly retryAfterSeconds: number;
  /** One like it of this session was told within the last minute. */
  readonly isRepeated: boolean;
}

/**
 * Buckets in two halves by age. A bucket that was not used for as long as it takes to fill needs no memory, as a new one is
 * full: what is left in the older half by then is dropped at once, without looking for it. Outlives every reload.
 */
export class RequestBuckets {
  readonly #maxBuckets: number;
  #younger = new Map<string, Bucket>();
  #older = new Map<string, Bucket>();
  #turnedAtMs = 0;

  /** @param maxBuckets Of either half; where more sessions send at a time, those silent for the longest begin with a full one. */
  constructor(maxBuckets = MAX_BUCKETS) {
    this.#maxBuckets = maxBuckets;
  }

  get size(): number {
    return this.#younger.size + this.#older.size;
  }

  /** Takes a token of the session's bucket. @returns why there is none; nothing was taken then. */
  take(sessionKey: string, { perSecond, burst }: RequestRate, nowMs: number): RateRefusal | undefined {
    this.#turn(Math.max((burst / perSecond) * SECOND_MS, TELL_AGAIN_MS), nowMs);
    const bucket = this.#find(sessionKey) ?? this.#begin(sessionKey, burst, nowMs);
    // The system's clock may be set back, which must not lock anybody out until it is there again.
    const passedMs = Math.max(0, nowMs - bucket.atMs);
    bucket.tokens = Math.min(burst, bucket.tokens + (passedMs / SECOND_MS) * perSecond);
    bucket.atMs = nowMs;
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return undefined;
    }
    const isRepeated = Math.abs(nowMs - bucket.toldAtMs) < TELL_AGAIN_MS;
    if (!isRepeated) bucket.toldAtMs = nowMs;
    return { retryAfterSeconds: (1 - bucket.tokens) / perSecond, isRepeated };
  }

  #find(sessionKey: string): Bucket | undefined {
    const young = this.#younger.get(sessionKey);
    if (young !== undefined) return young;
    const old = this.#older.get(sessionKey);
    if (old === undefined) return undefined;
    this.#older.delete(sessionKey);
    this.#younger.set(sessionKey, old);
    return old;
  }

  #begin(sessionKey: string, burst: number, nowMs: number): Bucket {
    const bucket = { tokens: burst, atMs: nowMs, toldAtMs: Number.NEGATIVE_INFINITY };
    this.#younger.set(sessionKey, bucket);
    return bucket;
  }

  #turn(keepMs: number, nowMs: number): void {
    if (this.#younger.size < this.#maxBuckets && Math.abs(nowMs - this.#turnedAtMs) < keepMs) return;
    this.#older = this.#younger;
    this.#younger = new Map();
    this.#turnedAtMs = nowMs;
  }
}
