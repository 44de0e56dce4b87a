// Text that lies in a shared store and that the gate acts on when it comes back: sealed with a key that only the gate
// has, together with the key that it lies under, so that whoever can write to the store can neither make one nor move
// one to another place.

import { createHmac, timingSafeEqual } from 'node:crypto';

export interface Seal {
  /** @param place The key that the text lies under. */
  close(place: string, text: string): string;
  /** undefined: damaged, forged, or from another place. */
  open(place: string, sealed: string): string | undefined;
}

/** @param keys The first seals, all are accepted; HMAC-SHA-256 (RFC 2104). */
export function createSeal(keys: readonly string[]): Seal {
  const [first] = keys;
  if (first === undefined) throw new Error('a seal needs a key');
  const mac = (key: string, place: string, text: string): Buffer =>
    createHmac('sha256', key).update(`${place.length}:${place}${text}`).digest();

  return {
    close: (place, text) => `${mac(first, place, text).toString('base64url')}.${text}`,
    open(place, sealed) {
      const end = sealed.indexOf('.');
      if (end === -1) return undefined;
      const text = sealed.slice(end + 1);
      const given = Buffer.from(sealed.slice(0, end), 'base64url');
      const isOurs = keys.some((key) => {
        const expected = mac(key, place, text);
        return expected.length === given.length && timingSafeEqual(expected, given);
      });
      return isOurs ? text : undefined;
    },
  };
}
