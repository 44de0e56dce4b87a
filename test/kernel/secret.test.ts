// A secret that is printed by accident is printed as `[secret]` (SEC-D10.3).

import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { deriveKey } from '../../src/kernel/derive-key.ts';
import { Secret } from '../../src/kernel/secret.ts';

const CANARY = 'canary-of-a-secret';

describe('Secret', () => {
  const secret = new Secret(CANARY);

  it.each([
    ['a template', `${secret}`],
    ['a concatenation', `text ${String(secret)}`],
    ['JSON', JSON.stringify({ secret, list: [secret] })],
    ['inspect', inspect(secret)],
    ['inspect of what holds it', inspect({ deep: { secret } }, { depth: 9, showHidden: true })],
    ['the entries of a spread', JSON.stringify(Object.entries({ ...secret }))],
    ['an error', new Error('x', { cause: secret }).toString()],
    ['a structured clone', inspect(structuredClone({ ...secret }))],
  ])('SEC-D10.3 is not seen in %s', (_where, text) => {
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(Buffer.from(CANARY).toString('hex'));
    expect(text).not.toContain(Buffer.from(CANARY).toString('base64'));
  });

  it('is revealed where it is asked for', () => {
    expect(secret.revealText()).toBe(CANARY);
    expect(secret.reveal()).toEqual(Buffer.from(CANARY));
    expect(secret).toHaveLength(CANARY.length);
  });

  it('keeps its bytes when those it was made from change', () => {
    const bytes = Buffer.from(CANARY);
    const copy = new Secret(bytes);
    bytes.fill(0);
    expect(copy.revealText()).toBe(CANARY);
  });

  it('equals the same bytes, and no others, of any length', () => {
    expect(secret.equals(new Secret(CANARY))).toBe(true);
    expect(secret.equals(new Secret('canary-of-a-secreT'))).toBe(false);
    expect(secret.equals(new Secret('canary'))).toBe(false);
    expect(secret.equals(new Secret(''))).toBe(false);
  });
});

describe('deriveKey (SEC-D10.2)', () => {
  it('gives 32 bytes, always the same ones', () => {
    const key = deriveKey(new Secret(CANARY), 'csrf');
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(deriveKey(new Secret(CANARY), 'csrf')).toBe(key);
  });

  it('gives each purpose and each secret a key of its own', () => {
    const keys = [
      deriveKey(new Secret(CANARY), 'csrf'),
      deriveKey(new Secret(CANARY), 'session-cookie'),
      deriveKey(new Secret(CANARY), 'log'),
      deriveKey(new Secret('x'), 'csrf'),
    ];
    expect(new Set(keys).size).toBe(4);
  });
});
