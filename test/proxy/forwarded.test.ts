// Who the client is. Nobody is believed by default (SEC-H6, SEC-H8), and one address is one address (SEC-H9).

import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createClientAddress } from '../../src/proxy/forwarded.ts';

const request = (peer: string | undefined, forwarded?: string): IncomingMessage =>
  ({
    socket: { remoteAddress: peer },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

describe('without trusted proxies', () => {
  const address = createClientAddress([]);

  it.each([
    ['203.0.113.7', undefined, '203.0.113.7'],
    ['203.0.113.7', '6.6.6.6', '203.0.113.7'],
    ['127.0.0.1', '6.6.6.6', '127.0.0.1'],
    ['::ffff:203.0.113.7', '6.6.6.6', '203.0.113.7'],
    ['2001:db8::1', undefined, '2001:db8::1'],
    [undefined, '6.6.6.6', '0.0.0.0'],
  ])('SEC-H6, SEC-H8 a request from %s that says it is for %s is from %s', (peer, forwarded, expected) => {
    expect(address(request(peer, forwarded))).toBe(expected);
  });
});

describe('with trusted proxies', () => {
  const address = createClientAddress(['10.0.0.0/8', '192.0.2.1/32', '2001:db8::1/128']);

  it.each([
    ['the proxy says who', '10.1.2.3', '203.0.113.7', '203.0.113.7'],
    ['the proxy comes as a mapped address (SEC-H9)', '::ffff:10.1.2.3', '203.0.113.7', '203.0.113.7'],
    ['two proxies', '10.1.2.3', '203.0.113.7, 192.0.2.1', '203.0.113.7'],
    ['the client adds a hop of its own', '10.1.2.3', '6.6.6.6, 203.0.113.7', '203.0.113.7'],
    ['the client adds a trusted hop of its own', '10.1.2.3', '10.9.9.9, 203.0.113.7', '203.0.113.7'],
    ['a hop of the chain is a mapped address (SEC-H9)', '10.1.2.3', '203.0.113.7, ::FFFF:10.4.4.4', '203.0.113.7'],
    ['everybody is trusted', '10.1.2.3', '10.4.4.4, 10.5.5.5', '10.4.4.4'],
    ['the proxy says nothing', '10.1.2.3', undefined, '10.1.2.3'],
    ['the proxy says something else than an address', '10.1.2.3', 'unknown', '10.1.2.3'],
    ['the proxy says an address and a port', '10.1.2.3', '203.0.113.7:4711', '10.1.2.3'],
    ['the proxy says an address with a zone (SEC-H9)', '10.1.2.3', 'fe80::1%eth0', '10.1.2.3'],
    ['an odd hop hides what is before it', '10.1.2.3', '203.0.113.7, x, 10.4.4.4', '10.4.4.4'],
    ['the peer is a stranger', '203.0.113.9', '6.6.6.6', '203.0.113.9'],
    ['the peer is next to a trusted address', '192.0.2.2', '6.6.6.6', '192.0.2.2'],
    ['IPv6, the proxy itself', '2001:db8::1', '2001:db8::7', '2001:db8::7'],
    ['IPv6, its neighbour: /128 is one address (SEC-H9)', '2001:db8::2', '6.6.6.6', '2001:db8::2'],
    ['white space', '10.1.2.3', '  203.0.113.7  ', '203.0.113.7'],
    ['empty hops', '10.1.2.3', ',', '10.1.2.3'],
  ])('SEC-H8 %s', (_name, peer, forwarded, expected) => {
    expect(address(request(peer, forwarded))).toBe(expected);
  });

  it('takes an entry without a prefix for one address', () => {
    const one = createClientAddress(['2001:db8::1', '10.0.0.1']);
    expect(one(request('2001:db8::1', '203.0.113.7'))).toBe('203.0.113.7');
    expect(one(request('2001:db8::2', '203.0.113.7'))).toBe('2001:db8::2');
    expect(one(request('10.0.0.2', '203.0.113.7'))).toBe('10.0.0.2');
  });
});

describe('a peer that sends X-Forwarded-For without being trusted', () => {
  it('SEC-H8 is told of once', () => {
    const told: string[] = [];
    const address = createClientAddress(['10.0.0.0/8'], (peer) => told.push(peer));
    address(request('203.0.113.7'));
    address(request('10.1.2.3', '6.6.6.6'));
    expect(told).toEqual([]);
    address(request('203.0.113.7', '6.6.6.6'));
    address(request('203.0.113.8', '6.6.6.6'));
    expect(told).toEqual(['203.0.113.7']);
  });
});
