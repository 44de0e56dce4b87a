// Addresses and networks as numbers, so that they are compared and never spelled (SEC-H9).

export interface Network {
  readonly bits: 32 | 128;
  readonly prefix: number;
  /** The address without the bits behind the prefix. */
  readonly value: bigint;
}

/** `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32`; `::ffff:10.0.0.1` is `10.0.0.1`. undefined: no address or network. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', prefixText, ...rest] = text.split('/');
  if (rest.length > 0 || (prefixText !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(prefixText))) return undefined;
  const parsed = address.includes(':') ? parseIPv6(address) : parseIPv4(address);
  if (parsed === undefined) return undefined;
  const bits = address.includes(':') ? 128 : 32;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (prefix > bits) return undefined;
  // RFC 4291 2.5.5.2: an IPv4 address in IPv6 clothes.
  const isMapped = bits === 128 && parsed >> 32n === 0xffffn && prefix >= 96;
  return isMapped ? cut(parsed & 0xffffffffn, 32, prefix - 96) : cut(parsed, bits, prefix);
}

export function isWithin(address: Network, network: Network): boolean {
  const free = BigInt(network.bits - network.prefix);
  return address.bits === network.bits && address.prefix >= network.prefix && address.value >> free === network.value >> free;
}

function cut(value: bigint, bits: 32 | 128, prefix: number): Network {
  const free = BigInt(bits - prefix);
  return { bits, prefix, value: (value >> free) << free };
}

function parseIPv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

/** RFC 4291 2.2; without a zone id. */
function parseIPv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = [readGroups(halves[0] ?? '', halves.length === 1), readGroups(halves[1] ?? '', true)];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0n), ...tail].reduce((value, group) => (value << 16n) | group, 0n);
}

/** @param isEnd Whether the last group may be an IPv4 address. */
function readGroups(text: string, isEnd: boolean): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (isEnd && index === parts.length - 1 && part.includes('.')) {
      const value = parseIPv4(part);
      if (value === undefined) return undefined;
      groups.push(value >> 16n, value & 0xffffn);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(BigInt(`0x${part}`));
    } else {
      return undefined;
    }
  }
  return groups;
}
