import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithin, parseNetwork } from '../../src/policy/network.ts';
import { SEED } from './arbitraries.ts';

function within(address: string, network: string): boolean | undefined {
  const [left, right] = [parseNetwork(address), parseNetwork(network)];
  return left && right && isWithin(left, right);
}

describe('networks', () => {
  it.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.8', '192.0.2.7', false],
    ['192.0.2.6', '192.0.2.7/31', true],
    ['2001:db8::1', '2001:db8::/32', true],
    ['2001:DB8:0:0::1', '2001:db8::1', true],
    ['2001:db9::1', '2001:db8::/32', false],
    ['::1', '::/0', true],
    ['10.0.0.1', '::/0', false],
    ['::1', '0.0.0.0/0', false],
    ['::ffff:10.0.0.1', '10.0.0.0/8', true],
    ['10.0.0.1', '::ffff:10.0.0.0/104', true],
    ['::ffff:a00:1', '10.0.0.1', true],
  ])('SEC-H9 %s in %s: %s', (address, network, expected) => {
    expect(within(address, network)).toBe(expected);
  });

  it('SEC-H9 an IPv6 address without a prefix is one address', () => {
    expect(parseNetwork('2001:db8::1')?.prefix).toBe(128);
    expect(within('2001:db8::2', '2001:db8::1')).toBe(false);
  });

  it.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '1::2::3',
    ':::',
    '1:2:3:4:5:6:7',
    'fe80::1%eth0',
    'g::1',
    '::/129',
    '1:2:3:4:5:6:7:8::',
    '::1.2.3',
    'localhost',
  ])('refuses %j', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  it(`reads the addresses that Node reads, and no others (seed ${SEED})`, () => {
    const group = fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16)),
      fc.constantFrom('', '1.2.3.4', 'g'),
    );
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.array(group, { minLength: 1, maxLength: 9 }).map((parts) => parts.join(':')),
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(text, (address) => {
        expect(parseNetwork(address) !== undefined).toBe(isIP(address) !== 0);
      }),
      { seed: SEED, numRuns: 800 },
    );
  });
});
