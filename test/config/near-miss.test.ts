import { expect, it } from 'vitest';
import { findNearMiss } from '../../src/config/near-miss.ts';

const WORDS = ['publicUrl', 'listen', 'trustedProxies', 'upstreams', 'port', 'host'];

it.each([
  ['publicURL', 'publicUrl'],
  ['public_url', 'publicUrl'],
  ['lisetn', 'listen'],
  ['trustedProxy', 'trustedProxies'],
  ['upstream', 'upstreams'],
  ['prot', 'port'],
])('takes %s for %s', (word, near) => {
  expect(findNearMiss(word, WORDS)).toBe(near);
});

it.each(['allowedHosts', 'x', 'secret', 'p'.repeat(10_000)])('suggests nothing for %s', (word) => {
  expect(findNearMiss(word, WORDS)).toBeUndefined();
});
