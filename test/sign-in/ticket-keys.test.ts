import { describe, expect, it } from 'vitest';
import type { TicketIssuerConfig } from '../../src/config/config.ts';
import { Secret } from '../../src/kernel/secret.ts';
import { ed25519, issuerWith, jwkOf, keySetOf, rsa, secret, setUp, weakRsa } from './ticket-kit.ts';

const start = (issuer: TicketIssuerConfig) => () => setUp({ issuers: [issuer] });
const publicKey = { kind: 'public-key', key: rsa.publicKey } as const;

describe('createTicketKeys', () => {
  it.each([
    {
      name: 'SEC-J2 a secret of 31 bytes',
      issuer: issuerWith({ kind: 'secret', secret: new Secret('x'.repeat(31)) }, ['HS256']),
      says: '32 bytes',
    },
    { name: 'SEC-J1 HS256 with a public key', issuer: issuerWith(publicKey, ['HS256']), says: 'do not go with' },
    {
      name: 'SEC-J1 HS256 with a key set',
      issuer: issuerWith({ kind: 'jwks', jwks: keySetOf(jwkOf(rsa.publicKey, 'r')) }, ['HS256']),
      says: 'do not go with',
    },
    {
      name: 'SEC-J1 RS256 with a secret',
      issuer: issuerWith({ kind: 'secret', secret: new Secret(secret) }, ['RS256']),
      says: 'do not go with',
    },
    { name: 'SEC-J1 algorithms of two families', issuer: issuerWith(publicKey, ['RS256', 'ES256']), says: 'one family' },
    { name: 'SEC-J1 HS256 beside RS256', issuer: issuerWith(publicKey, ['RS256', 'HS256']), says: 'one family' },
    { name: 'no algorithm', issuer: issuerWith(publicKey, []), says: 'one family' },
    { name: 'SEC-D5.3 RSA of 1024 bits', issuer: issuerWith({ kind: 'public-key', key: weakRsa.publicKey }, ['RS256']), says: '2048 bits' },
    { name: 'a private key', issuer: issuerWith({ kind: 'public-key', key: ed25519.privateKey }), says: 'public key' },
    {
      name: 'SEC-B15.6 a key set with a private key',
      issuer: issuerWith({ kind: 'jwks', jwks: keySetOf(jwkOf(ed25519.privateKey, 'k1')) }),
      says: 'private or symmetric',
    },
    { name: 'an empty key set', issuer: issuerWith({ kind: 'jwks', jwks: keySetOf() }), says: 'empty' },
  ])('does not start with $name', ({ issuer, says }) => {
    expect(start(issuer)).toThrow(says);
  });

  it('starts with two algorithms of one family', () => {
    expect(start(issuerWith(publicKey, ['RS256', 'PS256']))).not.toThrow();
  });
});
