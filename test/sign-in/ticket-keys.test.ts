import { describe, expect, it } from 'vitest';
import type { TicketIssuerConfig } from '../../src/config/config.ts';
import { ed25519Issuer, publicKeyIssuer, rsa, secretIssuer, setUp } from './ticket-kit.ts';

const start = (issuer: TicketIssuerConfig) => () => setUp({ issuers: [issuer] });
const rsaIssuer = publicKeyIssuer(rsa.publicKey, ['RS256']);

describe('createTicketKeys', () => {
  it.each([
    { name: 'SEC-J1 HS256 with a public key', issuer: { ...rsaIssuer, algorithms: ['HS256'] } },
    { name: 'SEC-J1 HS256 with a key set', issuer: { ...ed25519Issuer, algorithms: ['HS256'] } },
    { name: 'SEC-J1 RS256 with a secret', issuer: { ...secretIssuer, algorithms: ['RS256'] } },
    { name: 'SEC-J1 HS256 beside RS256', issuer: { ...rsaIssuer, algorithms: ['RS256', 'HS256'] } },
    { name: 'no algorithm', issuer: { ...rsaIssuer, algorithms: [] } },
  ])('does not start with $name', ({ issuer }) => {
    expect(start(issuer)).toThrow('do not go with its keys');
  });

  it('starts with two algorithms of one family', () => {
    expect(start({ ...rsaIssuer, algorithms: ['RS256', 'PS256'] })).not.toThrow();
  });
});
