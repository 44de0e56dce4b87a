// What counts as one address when attempts are counted.

import { isIPv4, isIPv6 } from 'node:net';

/**
 * The key of an address: IPv4 whole, IPv6 by its /64, because one customer holds a whole /64 (SEC-D8.2).
 * An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) is that IPv4 address; a zone id does not count.
 * Text that is no address is its own key.
 */
export function addressKey(address: string): string {
  if (isIPv4(address)) return address;
  const bare = address.split('%', 1)[0] ?? '';
  if (!isIPv6(bare)) return address;
  const groups = expandGroups(bare);
  const [high = 0, low = 0] = groups.slice(6);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight groups; the URL parser turns every spelling into the one of RFC 5952, without dotted parts. */
function expandGroups(address: string): number[] {
  const text = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) => Number.parseInt(group, 16));
}
