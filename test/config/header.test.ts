import { describe, expect, it } from 'vitest';
import { check, type Found, makeFolder, OTHER_SECRET, resolved } from './base-config.ts';

const withHeader = (header: object, more: object = {}): Record<string, unknown> => ({
  signIn: { header: { trustedPeers: ['10.0.0.5'], ...header }, ...more },
});
const peers = (...trustedPeers: string[]): Found => check(withHeader({ trustedPeers }));

describe('signIn.header', () => {
  it('fills in what is left out', () => {
    expect(resolved(withHeader({})).signIn.header).toEqual({
      trustedPeers: ['10.0.0.5'],
      headers: { user: 'x-forwarded-user', email: undefined, displayName: undefined, groups: undefined },
      groupsSeparator: ',',
      issuer: 'header',
      loginPrefix: '',
      proof: undefined,
    });
  });

  it('is a way to sign in: the service needs no other', () => {
    expect(check(withHeader({}), { service: true }).problems).toEqual([]);
  });

  it('SEC-H9 takes addresses whole, and a mapped one for the IPv4 address that it is', () => {
    expect(peers('10.0.0.5/32', '2001:db8::1', '2001:db8::2/128', '::ffff:10.0.0.6').config?.signIn.header?.trustedPeers).toEqual([
      '10.0.0.5',
      '2001:db8::1',
      '2001:db8::2',
      '10.0.0.6',
    ]);
  });

  it.each(['10.0.0.0/24', '10.0.0.4/31', '2001:db8::/64', '2001:db8::/127', '::ffff:10.0.0.0/120'])(
    'SEC-H6 refuses the network %s',
    (peer) => {
      expect(peers(peer).problems).toEqual([expect.stringMatching(/^signIn\.header\.trustedPeers\[0\]: is a network, and every machine/)]);
    },
  );

  it.each(['0.0.0.0/0', '::/0', '0.0.0.0', '::', 'fe80::1%eth0', 'localhost', '', '10.0.0.5:80'])('SEC-H6 SEC-H9 refuses %j', (peer) => {
    expect(peers(peer).problems).toEqual([expect.stringMatching(/^signIn\.header\.trustedPeers\[0\]: /)]);
  });

  it('needs a peer', () => {
    expect(peers().problems).toEqual([expect.stringContaining('signIn.header.trustedPeers')]);
  });

  it.each(['127.0.0.1', '::1', '127.0.0.9'])('SEC-H10 warns of %s without a shared secret', (peer) => {
    expect(peers(peer).warnings).toEqual([expect.stringContaining('every program of this machine can be anybody')]);
    const cwd = makeFolder({ proof: OTHER_SECRET });
    expect(check(withHeader({ trustedPeers: [peer], secretFile: 'proof' }), { cwd }).warnings).toEqual([]);
  });

  it('reads the shared secret from its file, and shows it nowhere', () => {
    const config = resolved(withHeader({ secretFile: 'proof', secretHeader: 'X-Proof' }), {
      cwd: makeFolder({ proof: `${OTHER_SECRET}\n` }),
    });
    const { proof } = config.signIn.header ?? {};
    expect(proof).toMatchObject({ header: 'x-proof' });
    expect(proof?.secret.revealText()).toBe(OTHER_SECRET);
    expect(JSON.stringify(config)).not.toContain(OTHER_SECRET);
  });

  it.each([
    { name: 'a short secret', header: { secret: 'short' }, says: /^signIn\.header\.secret: / },
    { name: 'two secrets', header: { secret: OTHER_SECRET, secretFile: 'proof' }, says: /^signIn\.header: names its secret twice/ },
    {
      name: 'a header with a meaning of its own',
      header: { user: 'X-Forwarded-For' },
      says: /^signIn\.header\.user: is a header with a meaning/,
    },
    { name: 'the cookie as header', header: { groups: 'Cookie' }, says: /^signIn\.header\.groups: is a header with a meaning/ },
    { name: 'one header for two values', header: { email: 'x-forwarded-USER' }, says: /^signIn\.header\.email: is the header of user too/ },
    { name: 'SEC-H2 a name with an underscore', header: { user: 'X_User' }, says: /^signIn\.header\.user: is not a header name/ },
    { name: 'a letter as separator', header: { groupsSeparator: 'x' }, says: /^signIn\.header\.groupsSeparator: is not a separator/ },
    { name: 'a mistyped key', header: { group: 'X-Groups' }, says: /Did you mean "groups"/ },
  ])('refuses $name', ({ header, says }) => {
    expect(check(withHeader(header), { cwd: makeFolder({ proof: OTHER_SECRET }) }).problems).toEqual([expect.stringMatching(says)]);
  });
});

describe('signIn.header beside other issuers', () => {
  const ticket = { issuer: 'https://app.example.com', jwksUrl: 'https://app.example.com/jwks.json' };
  const both = (header: object, other: object = {}): string[] => check(withHeader(header, { tickets: [{ ...ticket, ...other }] })).problems;

  it.each(['password', 'host', 'api-key'])('SEC-R6 refuses the issuer %s, whose accounts are others', (issuer) => {
    expect(check(withHeader({ issuer })).problems).toEqual([
      expect.stringMatching(/^signIn\.header\.issuer: is a name of framegate's own/),
    ]);
  });

  it('SEC-R6 refuses the issuer of tickets', () => {
    expect(both({ issuer: ticket.issuer, loginPrefix: 'p-' })).toEqual([expect.stringContaining('is the issuer of signIn.tickets[0] too')]);
  });

  it('SEC-R6 needs a prefix for one of two issuers, and one that is not part of the other', () => {
    expect(both({})).toEqual([expect.stringMatching(/^signIn\.header\.loginPrefix: makes the same logins/)]);
    expect(both({ loginPrefix: 'p-' }, { loginPrefix: 'P-x' })).toEqual([expect.stringContaining('makes the same logins')]);
    expect(both({ loginPrefix: 'p-' })).toEqual([]);
    expect(both({}, { loginPrefix: 'app-' })).toEqual([]);
  });
});
