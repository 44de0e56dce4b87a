import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { HeaderSignInConfig } from '../../src/config/config.ts';
import { FramegateError } from '../../src/kernel/errors.ts';
import type { Identity } from '../../src/kernel/identity.ts';
import { Secret } from '../../src/kernel/secret.ts';
import { createHeaderIdentity } from '../../src/sign-in/header.ts';

const CONFIG: HeaderSignInConfig = {
  trustedPeers: ['10.0.0.5', '2001:db8::1'],
  headers: { user: 'x-user', email: 'x-email', displayName: 'x-name', groups: 'x-groups' },
  groupsSeparator: ',',
  issuer: 'header',
  loginPrefix: '',
  proof: undefined,
};

type Line = readonly [name: string, value: string];

/** A request as Node.js hands it over: repeated lines joined, names in lower case. */
function requestOf(lines: readonly Line[], remoteAddress: string | undefined = '10.0.0.5'): IncomingMessage {
  const headers: Record<string, string> = {};
  for (const [name, value] of lines) {
    const lower = name.toLowerCase();
    headers[lower] = headers[lower] === undefined ? value : `${headers[lower]}, ${value}`;
  }
  return { headers, rawHeaders: lines.flat(), socket: { remoteAddress } } as unknown as IncomingMessage;
}

const setUp = (changes: Partial<HeaderSignInConfig> = {}, admit = (identity: Identity): Identity | 'password-account' => identity) =>
  createHeaderIdentity({ ...CONFIG, ...changes }, admit);

function refusalOf(run: () => unknown): { code: string; reason: string | undefined } {
  try {
    run();
  } catch (error) {
    if (error instanceof FramegateError) return { code: error.code, reason: error.reason };
  }
  throw new Error('expected a FramegateError');
}

describe('the word of the proxy in front', () => {
  it('is an identity, with what else it says', () => {
    const lines: Line[] = [
      ['X-User', 'alice'],
      ['X-Email', 'alice@example.com'],
      ['X-Name', 'Alice A'],
      ['X-Groups', 'operators, shift 2,,'],
    ];
    expect(setUp()(requestOf(lines))).toEqual({
      issuer: 'header',
      subject: 'alice',
      login: 'alice',
      email: 'alice@example.com',
      emailVerified: true,
      displayName: 'Alice A',
      groups: ['operators', 'shift 2'],
    });
  });

  it('needs the login only, and names nobody without it', () => {
    expect(setUp()(requestOf([['X-User', 'alice']]))).toEqual({ issuer: 'header', subject: 'alice', login: 'alice', groups: [] });
    expect(setUp()(requestOf([['X-User', '']]))).toBeUndefined();
    expect(setUp()(requestOf([['X-Email', 'alice@example.com']]))).toBeUndefined();
  });

  it('SEC-R6 puts the prefix before the login, and keeps the subject', () => {
    const identity = setUp({ loginPrefix: 'p-', issuer: 'https://proxy.example.com' })(requestOf([['X-User', 'alice']]));
    expect(identity).toMatchObject({ issuer: 'https://proxy.example.com', subject: 'alice', login: 'p-alice' });
  });

  it('reads names in UTF-8, and bytes that are not as Latin-1', () => {
    const read = setUp({ groupsSeparator: ';' });
    const utf8 = Buffer.from('J\u00f6rg').toString('latin1');
    const lines: Line[] = [
      ['X-User', 'joerg'],
      ['X-Name', utf8],
      ['X-Groups', `${utf8};b c`],
    ];
    expect(read(requestOf(lines))).toMatchObject({ displayName: 'J\u00f6rg', groups: ['J\u00f6rg', 'b c'] });
    expect(
      read(
        requestOf([
          ['X-User', 'joerg'],
          ['X-Name', 'J\u00f6rg'],
        ]),
      ),
    ).toMatchObject({ displayName: 'J\u00f6rg' });
  });

  it('gives the same object for the same values, and another one for others', () => {
    const read = setUp();
    const first = read(requestOf([['X-User', 'alice']]));
    expect(read(requestOf([['X-User', 'alice']]))).toBe(first);
    expect(
      read(
        requestOf([
          ['X-User', 'alice'],
          ['X-Groups', 'b'],
        ]),
      ),
    ).toMatchObject({ groups: ['b'] });
  });
});

describe('whose word it is', () => {
  it.each(['10.0.0.5', '::ffff:10.0.0.5', '::ffff:a00:5', '2001:db8::1', '2001:0db8:0:0::1'])(
    'SEC-H9 %s is trusted, in any spelling',
    (peer) => {
      expect(setUp()(requestOf([['X-User', 'alice']], peer))).toMatchObject({ login: 'alice' });
    },
  );

  it.each(['10.0.0.6', '::ffff:10.0.0.6', '2001:db8::2', '127.0.0.1', '::1', '2001:db8::1%eth0', '', 'localhost'])(
    'SEC-H6 the header of %j counts for nothing',
    (peer) => {
      expect(setUp()(requestOf([['X-User', 'alice']], peer))).toBeUndefined();
    },
  );

  it('SEC-H6 neither does that of a connection without an address', () => {
    expect(setUp()({ ...requestOf([['X-User', 'alice']]), socket: {} } as IncomingMessage)).toBeUndefined();
  });

  it.each(['X-Forwarded-For', 'X-Real-IP', 'Forwarded'])('SEC-H8 %s of another peer changes nothing', (name) => {
    const lines: Line[] = [
      ['X-User', 'alice'],
      [name, name === 'Forwarded' ? 'for=10.0.0.5' : '10.0.0.5'],
    ];
    expect(setUp()(requestOf(lines, '10.0.0.6'))).toBeUndefined();
  });
});

describe('what is refused, not guessed', () => {
  it.each(['X-User', 'x-USER', 'X-Email', 'X-Groups', 'X-Name'])('SEC-H1 a second %s', (name) => {
    const lines: Line[] = [
      ['X-User', 'alice'],
      ['X-Email', 'a@example.com'],
      ['X-Name', 'A'],
      ['X-Groups', 'a'],
      [name, 'bob'],
    ];
    expect(refusalOf(() => setUp()(requestOf(lines)))).toEqual({ code: 'FRAMEGATE_BAD_REQUEST', reason: 'header-repeated' });
  });

  it.each(['alice, bob', 'x <admin@localhost>', '(null)', '__proto__', '-', 'a b', '\u00e9', 'x'.repeat(256)])(
    'SEC-F4 the login %j',
    (user) => {
      expect(refusalOf(() => setUp()(requestOf([['X-User', user]])))).toEqual({ code: 'FRAMEGATE_BAD_REQUEST', reason: 'header-user' });
    },
  );

  it('SEC-H13 a group that would be two in the header upstream', () => {
    const lines: Line[] = [
      ['X-User', 'alice'],
      ['X-Groups', 'a,admins|b'],
    ];
    const refused = refusalOf(() => setUp({ groupsSeparator: '|' })(requestOf(lines)));
    expect(refused).toEqual({ code: 'FRAMEGATE_BAD_REQUEST', reason: 'header-groups' });
  });

  it('SEC-R6 a login that the policy of logins does not admit', () => {
    const refused = refusalOf(() => setUp({}, () => 'password-account')(requestOf([['X-User', 'alice']])));
    expect(refused).toEqual({ code: 'FRAMEGATE_IDENTITY_REFUSED', reason: 'password-account' });
  });

  it('SEC-R5 an e-mail address with two @ is left out', () => {
    const lines: Line[] = [
      ['X-User', 'alice'],
      ['X-Email', 'a@evil.test@example.com'],
    ];
    expect(setUp()(requestOf(lines))).not.toHaveProperty('email');
  });
});

describe('SEC-H10 the shared secret', () => {
  const text = 'Vt5cQ9wLzR3nK8mJ2xGdF7hBsP4yNaE6uX1oTi0WvZq';
  const read = setUp({ proof: { header: 'x-proof', secret: new Secret(text) } });
  const withProof = (...proof: string[]): Line[] => [['X-User', 'alice'], ...proof.map((value): Line => ['X-Proof', value])];

  it('lets the proxy speak', () => {
    expect(read(requestOf(withProof(text)))).toMatchObject({ login: 'alice' });
  });

  it.each([
    { name: 'missing', proof: [] },
    { name: 'empty', proof: [''] },
    { name: 'wrong', proof: [text.replace('V', 'W')] },
    { name: 'longer', proof: [`${text}x`] },
  ])('is refused where it is $name', ({ proof }) => {
    expect(refusalOf(() => read(requestOf(withProof(...proof))))).toEqual({ code: 'FRAMEGATE_IDENTITY_REFUSED', reason: 'proxy-secret' });
  });

  it('is refused twice', () => {
    expect(refusalOf(() => read(requestOf(withProof(text, text))))).toEqual({ code: 'FRAMEGATE_BAD_REQUEST', reason: 'header-repeated' });
  });

  it('does not make a stranger the proxy', () => {
    expect(read(requestOf(withProof(text), '10.0.0.6'))).toBeUndefined();
  });
});
