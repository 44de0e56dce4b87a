/** Anybody can make up any number and length of header names, so only so many are remembered. */
const MAX_REMEMBERED = 1000;
/** In characters. */
const MAX_REMEMBERED_LENGTH = 64;

/** Judges each header name once, as it is written. @param judge Says the same of the same name each time. */
export function judgeOnce<T>(judge: (written: string) => T): (written: string) => T {
  const remembered = new Map<string, T>();
  return function judged(written) {
    const known = remembered.get(written);
    if (known !== undefined) return known;
    const verdict = judge(written);
    if (remembered.size < MAX_REMEMBERED && written.length <= MAX_REMEMBERED_LENGTH) remembered.set(written, verdict);
    return verdict;
  };
}
