// What every store takes, so that what works with one works with all. A violation is a mistake of the caller's, not of
// the store or of the person who asks: a TypeError, which ends in 500.

/** Longest key, and longest name of a log, in characters. */
const MAX_KEY_LENGTH = 256;
/** Longest value, in bytes of UTF-8. */
const MAX_VALUE_BYTES = 1024 * 1024;

const KEY = /^[ -9;-~]+:[ -~]*$/;
const PRINTABLE = /^[ -~]*$/;

export function assertKey(key: string): void {
  if (key.length > MAX_KEY_LENGTH || !KEY.test(key)) {
    throw new TypeError(`a key of the state store is printable ASCII of the form kind:rest, at most ${MAX_KEY_LENGTH} characters`);
  }
}

/** What comes before the first `:` of a key that was asserted. */
export const kindOf = (key: string): string => key.slice(0, key.indexOf(':'));

export function assertLogName(log: string): void {
  if (log === '' || log.length > MAX_KEY_LENGTH || !PRINTABLE.test(log)) {
    throw new TypeError(`a log of the state store is named by printable ASCII, at most ${MAX_KEY_LENGTH} characters`);
  }
}

export function assertPrefix(prefix: string): void {
  if (!PRINTABLE.test(prefix)) throw new TypeError('a prefix of keys of the state store is printable ASCII');
}

/** A lone surrogate would come back as another character, or not at all. */
export function assertValue(value: string): void {
  if (!value.isWellFormed() || Buffer.byteLength(value) > MAX_VALUE_BYTES) {
    throw new TypeError(`a value of the state store is well-formed text of at most ${MAX_VALUE_BYTES} bytes`);
  }
}

/** Milliseconds since the epoch, or a length of time in them. */
export function assertTime(ms: number): void {
  if (!Number.isFinite(ms)) throw new TypeError('a time of the state store is a finite number of milliseconds');
}

export function assertWhole(count: number): void {
  if (!Number.isSafeInteger(count)) throw new TypeError('a counter of the state store counts whole numbers');
}
