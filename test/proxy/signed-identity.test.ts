import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { decodeJwt, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { parseSigningKey } from '../../src/config/private-key.ts';
import { isFault } from '../../src/config/public-key.ts';
import type { IdentitySigningKey, SignedIdentityConfig } from '../../src/config/signed-identity.ts';
import type { Identity } from '../../src/kernel/identity.ts';
import { createSignedIdentity, type Grant } from '../../src/proxy/signed-identity.ts';

const NOW_MS = 1_800_000_000_000;

function makeKey(): IdentitySigningKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = parseSigningKey(String(privateKey.export({ format: 'pem', type: 'pkcs8' })));
  if (isFault(key)) throw new Error(key.what);
  return key;
}

const KEY = makeKey();
const ALICE: Identity = {
  issuer: 'https://app.example.com',
  subject: 'a-17',
  login: 'alice',
  email: 'alice@example.com',
  emailVerified: true,
  displayName: 'Alice \u540d',
  groups: ['operators', 'shift, 2'],
};
const VIEWER: Grant = { role: 'Viewer', orgId: 3 };

function setUp(changes: Partial<SignedIdentityConfig> = {}) {
  const clock = {
    nowMs: NOW_MS,
    now: () => clock.nowMs,
  };
  const config: SignedIdentityConfig = {
    header: 'X-JWT-Assertion',
    keys: [KEY],
    audience: 'grafana',
    lifetimeMs: 60_000,
    claims: { name: 'name', email: 'email', groups: 'groups', role: 'role', orgId: 'orgId' },
    ...changes,
  };
  return { clock, signed: createSignedIdentity({ config, issuer: 'https://dash.example.com', clock, maxKept: 10 }) };
}

describe('the token for a person', () => {
  it('SEC-J1 is a JWT of the first key, for one upstream, that ends soon', async () => {
    const { signed } = setUp({ keys: [KEY, makeKey()] });
    const token = await signed.tokenFor(ALICE, VIEWER);
    const { payload, protectedHeader } = await jwtVerify(token, createPublicKey(KEY.privateKey), {
      algorithms: ['EdDSA'],
      issuer: 'https://dash.example.com',
      audience: 'grafana',
      currentDate: new Date(NOW_MS),
    });
    expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'JWT', kid: KEY.kid });
    expect(payload).toEqual({
      iss: 'https://dash.example.com',
      sub: 'alice',
      aud: 'grafana',
      iat: NOW_MS / 1000,
      exp: NOW_MS / 1000 + 60,
      name: 'Alice \u540d',
      email: 'alice@example.com',
      groups: ['operators', 'shift, 2'],
      role: 'Viewer',
      orgId: 3,
    });
  });

  it('names claims as the configuration does, and leaves out what has no name', async () => {
    const { signed } = setUp({ claims: { login: 'preferred_username', groups: 'roles' } });
    const { iss, aud, iat, exp, ...rest } = decodeJwt(await signed.tokenFor(ALICE, VIEWER));
    expect(rest).toEqual({ sub: 'alice', preferred_username: 'alice', roles: ['operators', 'shift, 2'] });
  });

  it('SEC-R5 never holds an unverified e-mail address', async () => {
    expect(decodeJwt(await setUp().signed.tokenFor({ ...ALICE, emailVerified: false }, VIEWER))).not.toHaveProperty('email');
  });

  it('leaves out groups that would make it too long for a header', async () => {
    const groups = Array.from({ length: 100 }, (_, index) => `group-${index}-${'x'.repeat(60)}`);
    const token = await setUp().signed.tokenFor({ ...ALICE, groups }, VIEWER);
    expect(decodeJwt(token)).not.toHaveProperty('groups');
    expect(token.length).toBeLessThan(8192);
  });
});

describe('the cost of a token', () => {
  it('is one signature for as long as half of its life', async () => {
    const { signed, clock } = setUp();
    const first = await signed.tokenFor(ALICE, VIEWER);
    clock.nowMs += 29_999;
    expect(signed.tokenFor({ ...ALICE }, { ...VIEWER })).toBe(first);
    clock.nowMs += 1;
    const second = signed.tokenFor(ALICE, VIEWER);
    expect(second).toBeInstanceOf(Promise);
    expect(decodeJwt(await second).iat).toBe(NOW_MS / 1000 + 30);
  });

  it('is one signature for requests at the same time', async () => {
    const { signed } = setUp();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => signed.tokenFor(ALICE, VIEWER)));
    expect(new Set(tokens).size).toBe(1);
  });

  it.each([
    { name: 'login', identity: { ...ALICE, login: 'bob' }, grant: VIEWER },
    { name: 'groups', identity: { ...ALICE, groups: ['operators'] }, grant: VIEWER },
    { name: 'e-mail address', identity: { ...ALICE, email: 'bob@example.com' }, grant: VIEWER },
    { name: 'role', identity: ALICE, grant: { ...VIEWER, role: 'Admin' as const } },
    { name: 'organisation', identity: ALICE, grant: { ...VIEWER, orgId: 4 } },
    { name: 'role that is missing', identity: ALICE, grant: { ...VIEWER, role: undefined } },
  ])('SEC-H16 never saved by handing out the token of another $name', async ({ identity, grant }) => {
    const { signed } = setUp();
    const first = await signed.tokenFor(ALICE, VIEWER);
    expect(await signed.tokenFor(identity, grant)).not.toBe(first);
    expect(await signed.tokenFor(ALICE, VIEWER)).toBe(first);
  });

  it('is bounded in memory, and who was forgotten gets a new one', async () => {
    const { signed, clock } = setUp();
    await signed.tokenFor(ALICE, VIEWER);
    for (let i = 0; i < 10; i++) void signed.tokenFor({ ...ALICE, login: `u${i}` }, VIEWER);
    clock.nowMs += 1000;
    expect(decodeJwt(await signed.tokenFor(ALICE, VIEWER)).iat).toBe(NOW_MS / 1000 + 1);
  });
});
