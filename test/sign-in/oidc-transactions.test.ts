// A sign-in under way, as the store holds it.

import { describe, expect, it } from 'vitest';
import { createSeal } from '../../src/kernel/seal.ts';
import { createTransactions } from '../../src/sign-in/oidc-transactions.ts';
import { createMemoryStore } from '../../src/state/memory-store.ts';

const clock = { now: () => 1_000_000 };
const BROWSER = 'b'.repeat(43);
const KEYS = ['a key of the tests'];
const seal = createSeal(KEYS);

function make() {
  const store = createMemoryStore({ clock });
  const start = {
    provider: 'corp',
    returnTo: 'https://p.test/d/x',
    browser: BROWSER,
    base: '',
    again: false,
    address: '192.0.2.1',
    beganAtMs: 7,
  };
  return { store, start, transactions: createTransactions({ store, clock, keys: KEYS }) };
}

async function onlyEntry(store: ReturnType<typeof createMemoryStore>): Promise<readonly [string, string]> {
  for await (const entry of store.entries('oidc:')) return entry;
  throw new Error('nothing is stored');
}

describe('a sign-in under way', () => {
  it('comes back to the browser that began it', async () => {
    const { transactions, start } = make();
    const begun = await transactions.begin({ ...start, challenge: 'c'.repeat(43) });
    expect(await transactions.take(begun.state, BROWSER)).toEqual(begun);
    await expect(transactions.take(begun.state, BROWSER)).rejects.toMatchObject({ reason: 'state-unknown' });
  });

  it('is stored without what would be a key to it: neither state nor cookie', async () => {
    const { store, transactions, start } = make();
    const { state } = await transactions.begin(start);
    const stored = JSON.stringify(await onlyEntry(store));
    expect(stored).not.toContain(state);
    expect(stored).not.toContain(BROWSER);
  });

  it.each(['verifier', 'nonce', 'browser', 'returnTo', 'provider', 'untilMs'])('SEC-R8 without its %s is refused', async (part) => {
    const { store, transactions, start } = make();
    const { state } = await transactions.begin(start);
    const [key, value] = await onlyEntry(store);
    const { [part]: _left, ...rest } = JSON.parse(seal.open(key, value) ?? '') as Record<string, unknown>;
    await store.set(key, seal.close(key, JSON.stringify(rest)), clock.now() + 1000);
    await expect(transactions.take(state, BROWSER)).rejects.toMatchObject({
      code: 'FRAMEGATE_OIDC_REFUSED',
      reason: 'transaction-invalid',
    });
  });

  it.each(['', 'null', '{', '{"__proto__":{"verifier":"x"}}'])('that is stored as %j is refused', async (value) => {
    const { store, transactions, start } = make();
    const { state } = await transactions.begin(start);
    const [key] = await onlyEntry(store);
    for (const written of [value, seal.close(key, value)]) {
      await store.set(key, written, clock.now() + 1000);
      await expect(transactions.take(state, BROWSER)).rejects.toMatchObject({ reason: 'transaction-invalid' });
    }
  });

  it('SEC-R1 leads nowhere else by the hand of somebody who can write to the store', async () => {
    const { store, transactions, start } = make();
    const { state } = await transactions.begin(start);
    const [key, value] = await onlyEntry(store);
    const changed = value.replace('https://p.test/', 'https://evil.test/');
    expect(changed).not.toBe(value);
    await store.set(key, changed, clock.now() + 1000);
    await expect(transactions.take(state, BROWSER)).rejects.toMatchObject({ reason: 'transaction-invalid' });
    // Nor does one of another browser's, put in the place of this one.
    const other = await transactions.begin({ ...start, provider: 'other' });
    for await (const [each, kept] of store.entries('oidc:')) if (each !== key) await store.set(key, kept, clock.now() + 1000);
    await expect(transactions.take(state, BROWSER)).rejects.toMatchObject({ reason: 'transaction-invalid' });
    expect(await transactions.take(other.state, BROWSER)).toEqual(other);
  });
});
