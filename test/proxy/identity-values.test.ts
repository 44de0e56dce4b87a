// What of a person a header can carry. The rest is left out: never a reason to refuse a person, never an exception
// (SEC-F4).

import { validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/kernel/identity.ts';
import { identityValues, quotedPrintable } from '../../src/proxy/identity-values.ts';

const identity = (over: Partial<Identity> = {}): Identity => ({ issuer: 'i', subject: 's', login: 'alice', groups: [], ...over });

describe('identityValues', () => {
  it('carries plain text as it is', () => {
    const person = identity({ displayName: 'Alice A.', email: 'alice@example.com', groups: ['operators', 'plant a'] });
    expect(identityValues(person, 'Viewer', false)).toEqual({
      user: 'alice',
      name: 'Alice A.',
      email: 'alice@example.com',
      groups: 'operators,plant a',
      role: 'Viewer',
    });
  });

  it('sends nothing for what is not there', () => {
    expect(identityValues(identity(), undefined, false)).toEqual({
      user: 'alice',
      name: undefined,
      email: undefined,
      groups: undefined,
      role: undefined,
    });
    expect(identityValues(identity({ displayName: '', email: '' }), undefined, true)).toMatchObject({ name: undefined, email: undefined });
  });

  it.each(['M\u00fcller', '\u540d', 'a\r\nX-Evil: 1', 'a\u0000b', 'a\tb', '\u001b[2J', 'x'.repeat(4097), '   '])(
    'SEC-F4 leaves out the name %j, which a header cannot carry',
    (displayName) => {
      expect(identityValues(identity({ displayName }), undefined, false)).toMatchObject({ user: 'alice', name: undefined });
    },
  );

  it('leaves out the address that nobody verified: Grafana merges accounts by it', () => {
    const email = 'alice@example.com';
    expect(identityValues(identity({ email, emailVerified: false }), undefined, false).email).toBeUndefined();
    expect(identityValues(identity({ email, emailVerified: true }), undefined, false).email).toBe(email);
    expect(identityValues(identity({ email }), undefined, false).email).toBe(email);
  });

  it.each([
    ['M\u00fcller', 'M=C3=BCller'],
    ['\u540d \u524d', '=E5=90=8D =E5=89=8D'],
    ['a=b', 'a=3Db'],
    ['a\r\nX-Evil: 1', 'a=0D=0AX-Evil: 1'],
    [' a ', '=20a=20'],
    ['\t', '=09'],
    ['\ud83d\ude00', '=F0=9F=98=80'],
  ])('encodes %j as %j where the upstream decodes', (displayName, expected) => {
    expect(identityValues(identity({ displayName }), undefined, true).name).toBe(expected);
  });

  it('PRX-10 whatever a person is called, every value is one that node:http accepts', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(text, text, fc.array(text), fc.boolean(), (displayName, email, groups, encode) => {
        const values = identityValues(identity({ displayName, email, groups }), 'Viewer', encode);
        expect(values.user).toBe('alice');
        for (const value of Object.values(values)) {
          if (value === undefined) continue;
          validateHeaderValue('x', value);
          expect(value).toMatch(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('quotedPrintable', () => {
  /** RFC 2045 6.7, the other way round. */
  const decode = (text: string): string => {
    const bytes = [...text.matchAll(/=([0-9A-F]{2})|([^=])/g)].map(([, hex, char]) =>
      hex === undefined ? (char ?? '').charCodeAt(0) : Number.parseInt(hex, 16),
    );
    return Buffer.from(bytes).toString('utf8');
  };

  it('is what it was when it is decoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        expect(decode(quotedPrintable(text))).toBe(text);
      }),
    );
  });
});
