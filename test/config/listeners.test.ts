import { BlockList } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { check, makeFolder, resolved, SECRET } from './base-config.ts';

describe('trustedProxies', () => {
  it('SEC-H6 trusts nobody by default', () => {
    expect(resolved().trustedProxies).toEqual([]);
  });

  it.each([
    ['10.0.0.7', '10.0.0.7/32'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['fc00::/7', 'fc00::/7'],
  ])('takes %s as %s', (entry, cidr) => {
    expect(resolved({ trustedProxies: [entry] }).trustedProxies).toEqual([cidr]);
  });

  it.each([
    ['2001:db8::1', '2001:db8::1/128'],
    ['::ffff:10.0.0.1', '10.0.0.1/32'],
    ['::FFFF:a00:1', '10.0.0.1/32'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ])('SEC-H9 takes %s as %s', (entry, cidr) => {
    const { trustedProxies } = resolved({ trustedProxies: [entry] });
    expect(trustedProxies).toEqual([cidr]);
    const [address = '', prefix] = cidr.split('/');
    expect(() => new BlockList().addSubnet(address, Number(prefix), address.includes(':') ? 'ipv6' : 'ipv4')).not.toThrow();
  });

  it.each(['0.0.0.0/0', '::/0', '0.0.0.0/1', '128.0.0.0/1', '::/1', '8000::/1', '::ffff:0.0.0.0/96', '::ffff:0:0/97', '2000::/3'])(
    'SEC-H6 refuses %s, which is everybody or nearly',
    (entry) => {
      expect(check({ trustedProxies: [entry] }).problems).toEqual([expect.stringMatching(/^trustedProxies\[0\]: covers too much/)]);
    },
  );

  it.each(['fe80::1%eth0', '10.0.0.1%1'])('SEC-H9 refuses the zone id of %s', (entry) => {
    expect(check({ trustedProxies: [entry] }).problems).toEqual([expect.stringContaining('has a zone id')]);
  });

  it.each([
    'true',
    '*',
    'loopback',
    'proxy.example.com',
    '10.0.0.0/33',
    '::1/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '010.0.0.1',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '[::1]',
    '',
  ])('SEC-H6 refuses %j', (entry) => {
    expect(check({ trustedProxies: [entry] }).problems).toEqual([expect.stringMatching(/^trustedProxies\[0\]: /)]);
  });

  it('SEC-H6 refuses trustedProxies: true', () => {
    expect(check({ trustedProxies: true }).problems).toEqual([expect.stringMatching(/^trustedProxies: must be a list/)]);
  });
});

describe('listeners', () => {
  it('can do without the admin listener', () => {
    expect(resolved({ admin: false }).admin).toBeUndefined();
  });

  it.each(['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost', 'gate-1.internal'])('takes the host %s', (host) => {
    expect(check({ listen: { host } }).problems).toEqual([]);
  });

  it.each(['http://0.0.0.0', '[::1]', '0.0.0.0:80', 'a b', '-x'])('refuses the host %s', (host) => {
    expect(check({ listen: { host } }).problems).toEqual([expect.stringMatching(/^listen\.host: /)]);
  });

  it('refuses one port for both listeners, unless the system chooses it or the addresses differ', () => {
    expect(check({ listen: { port: 8002 } }).problems).toEqual([expect.stringMatching(/^admin\.port: /)]);
    expect(check({ listen: { host: '127.0.0.1', port: 0 }, admin: { port: 0 } }).problems).toEqual([]);
    expect(check({ listen: { host: '127.0.0.2', port: 8002 } }).problems).toEqual([]);
  });

  it('warns when http on loopback is open to other machines', () => {
    expect(check({ publicUrl: 'http://localhost:8000' }).warnings).toEqual([
      expect.stringMatching(/^listen\.host: accepts connections from other machines/),
    ]);
    expect(check({ publicUrl: 'http://localhost:8000', listen: { host: '127.0.0.1' } }).warnings).toEqual([]);
  });

  it('SEC-H15 keeps the admin listener on loopback by default, and warns otherwise', () => {
    expect(resolved().admin).toEqual({ host: '127.0.0.1', port: 8002, hosts: [], token: undefined });
    const { warnings, problems } = check({ admin: { host: '0.0.0.0', token: SECRET } });
    expect(warnings).toEqual([expect.stringMatching(/^admin\.host: /)]);
    expect(problems).toEqual([]);
  });

  it.each(['0.0.0.0', '::', '10.0.0.7', 'gate'])('SEC-H15 refuses an admin listener at %s without a token', (host) => {
    expect(check({ admin: { host } }).problems).toEqual([
      expect.stringMatching(/^admin\.tokenFile: is missing while other machines reach/),
    ]);
  });

  it('takes a token of at least 32 bytes, from one place, and never prints it', () => {
    const tokenFile = join(makeFolder({ token: `${SECRET}\n` }), 'token');
    expect(resolved({ admin: { tokenFile } }).admin?.token?.revealText()).toBe(SECRET);
    expect(JSON.stringify(resolved({ admin: { tokenFile } }).admin)).not.toContain(SECRET);
    expect(check({ admin: { token: SECRET, tokenFile } }).problems).toEqual([expect.stringMatching(/^admin\.tokenFile: stands beside/)]);
    const { problems } = check({ admin: { token: 'too-short-for-it' } });
    expect(problems).toEqual([expect.stringMatching(/^admin\.token: is /)]);
    expect(problems.join()).not.toContain('too-short-for-it');
  });
});

describe('a TLS terminator in front', () => {
  const tickets = [{ issuer: 'https://app.example.com', jwksUrl: 'https://app.example.com/keys.json' }];
  const warnings = (changes: object): string[] => check({ signIn: { tickets }, ...changes }, { service: true }).warnings;

  it('SEC-H8 warns when publicUrl is https and no proxy is trusted, because all viewers share one address for limits', () => {
    expect(warnings({})).toEqual([expect.stringMatching(/^trustedProxies: is empty while publicUrl is https/)]);
    expect(warnings({ trustedProxies: ['10.1.2.9/32'] })).toEqual([]);
    expect(warnings({ publicUrl: 'http://localhost:8000', listen: { host: '127.0.0.1' } })).toEqual([]);
  });
});
