import { describe, expect, it } from 'vitest';
import { addressKey } from '../../src/sign-in/address-key.ts';

describe('addressKey', () => {
  it.each([
    { name: 'IPv4 whole', address: '192.0.2.7', key: '192.0.2.7' },
    { name: 'IPv6 by its /64', address: '2001:db8:1:2:3:4:5:6', key: '2001:db8:1:2::/64' },
    { name: 'IPv6 with a gap', address: '2001:db8::1', key: '2001:db8:0:0::/64' },
    { name: 'IPv6 with leading zeros and capitals', address: '2001:0DB8:0001:0002::', key: '2001:db8:1:2::/64' },
    { name: 'loopback', address: '::1', key: '0:0:0:0::/64' },
    { name: 'IPv4 written as IPv6', address: '::ffff:192.0.2.7', key: '192.0.2.7' },
    { name: 'IPv4 written as IPv6 in hex', address: '::ffff:c000:207', key: '192.0.2.7' },
    { name: 'a zone id', address: 'fe80::1%eth0', key: 'fe80:0:0:0::/64' },
    { name: 'an IPv6 address with a dotted end', address: '64:ff9b::192.0.2.7', key: '64:ff9b:0:0::/64' },
    { name: 'text that is no address', address: 'unknown', key: 'unknown' },
    { name: 'nothing', address: '', key: '' },
  ])('SEC-D8.2 keys $name', ({ address, key }) => {
    expect(addressKey(address)).toBe(key);
  });

  it('gives two addresses of one /64 one key, and neighbours another', () => {
    expect(addressKey('2001:db8:1:2:aaaa::1')).toBe(addressKey('2001:db8:1:2:bbbb::2'));
    expect(addressKey('2001:db8:1:3::1')).not.toBe(addressKey('2001:db8:1:2::1'));
  });
});
