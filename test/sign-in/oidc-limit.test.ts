import { expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/log.ts';
import { createOidcSignIn } from '../../src/sign-in/oidc-sign-in.ts';
import { createMemoryStore } from '../../src/state/memory-store.ts';

it('SEC-D8.2 one address begins 300 sign-ins in a minute: the next gets 429 before the provider is asked', async () => {
  const clock = { now: () => 1_000_000 };
  const state = createMemoryStore({ clock });
  const provider = { id: 'corp', label: 'Corp', issuer: 'http://127.0.0.1:1' } as Parameters<
    typeof createOidcSignIn
  >[0]['providers'][number];
  const oidc = createOidcSignIn({
    providers: [provider],
    admit: (identity) => identity,
    state,
    clock,
    log: silentLog,
    keys: ['a key of the tests'],
  });
  const start = { provider: 'corp', returnTo: '', browser: '', base: '', again: false, beganAtMs: 0 };
  await state.count('oidc-start:192.0.2.1', 299, 60_000);
  await expect(oidc.begin({ ...start, address: '192.0.2.1' })).rejects.toMatchObject({ code: 'FRAMEGATE_PROVIDER_UNAVAILABLE' });
  await expect(oidc.begin({ ...start, address: '192.0.2.1' })).rejects.toMatchObject({ code: 'FRAMEGATE_TOO_MANY', retryAfterSeconds: 60 });
  await expect(oidc.begin({ ...start, address: '192.0.2.2' })).rejects.toMatchObject({ code: 'FRAMEGATE_PROVIDER_UNAVAILABLE' });
});
