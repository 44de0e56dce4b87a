import { describe, expect, it } from 'vitest';
import { type Coding, chooseCoding } from '../../src/cache/negotiation.ts';

const ALL: readonly Coding[] = ['br', 'gzip', 'identity'];

describe('Accept-Encoding (RFC 9110 12.5.3)', () => {
  it.each<{ header: string | undefined; coding: Coding | undefined; offered?: readonly Coding[] }>([
    { header: undefined, coding: 'identity' },
    { header: '', coding: 'identity' },
    { header: 'gzip, deflate, br, zstd', coding: 'br' },
    { header: 'gzip', coding: 'gzip' },
    { header: 'x-gzip', coding: 'gzip' },
    { header: 'GZIP ; Q=0.5', coding: 'gzip' },
    { header: 'br;q=0.5, gzip;q=0.8', coding: 'gzip' },
    { header: 'br;q=0.001', coding: 'br' },
    { header: 'br;q=0', coding: 'identity' },
    { header: '*', coding: 'br' },
    { header: '*;q=0.3, br;q=0', coding: 'gzip' },
    { header: 'identity, gzip;q=0.5', coding: 'identity' },
    { header: 'identity;q=0, gzip', coding: 'gzip' },
    { header: 'identity;q=0', coding: undefined },
    { header: '*;q=0', coding: undefined },
    { header: '*;q=0, identity;q=0.1', coding: 'identity' },
    { header: 'deflate, zstd', coding: 'identity' },
    { header: 'gzip;q=1.5, br;q=x', coding: 'identity' },
    { header: 'identity;q=0, br', coding: undefined, offered: ['identity'] },
    { header: 'br, gzip', coding: 'gzip', offered: ['gzip', 'br', 'identity'] },
  ])('$header of $offered: $coding', ({ header, coding, offered = ALL }) => {
    expect(chooseCoding(header, offered)).toBe(coding);
  });
});
