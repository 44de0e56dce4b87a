// Claims by other names, and what a ticket may say of the session's rights: SEC-J6.

import { describe, expect, it } from 'vitest';
import type { TicketIssuerConfig } from '../../src/config/config.ts';
import { refusalOf } from './kit.ts';
import { ed25519Issuer, from, setUp } from './ticket-kit.ts';

function setUpClaims({
  claims = {},
  roles,
}: {
  claims?: Partial<TicketIssuerConfig['claims']>;
  roles?: Record<string, 'Viewer' | 'Editor'>;
} = {}) {
  const kit = setUp({
    issuers: [{ ...ed25519Issuer, claims: { ...ed25519Issuer.claims, ...claims }, roles: roles && new Map(Object.entries(roles)) }],
  });
  const read = (given: Record<string, unknown>) => kit.signIn.verify(kit.ticket(given), from);
  const reason = async (given: Record<string, unknown>) => (await refusalOf(read(given))).reason;
  return { ...kit, read, reason };
}

describe('names of claims', () => {
  it('lead to the claims of another name, and into objects', async () => {
    const { read } = setUpClaims({
      claims: { login: 'preferred_username', displayName: 'profile.full', email: 'mail', groups: 'realm_access.roles' },
    });
    const { identity } = await read({
      sub: '7c9e6679',
      preferred_username: 'alice',
      profile: { full: 'Alice A' },
      mail: 'alice@example.com',
      realm_access: { roles: ['operators'] },
      name: 'not this',
      groups: ['not these'],
    });
    expect(identity).toMatchObject({
      subject: '7c9e6679',
      login: 'alice',
      displayName: 'Alice A',
      email: 'alice@example.com',
      groups: ['operators'],
    });
  });

  it('are taken whole first, as names may be addresses', async () => {
    const { read } = setUpClaims({ claims: { groups: 'https://app.example.com/groups' } });
    expect((await read({ 'https://app.example.com/groups': ['a'] })).identity.groups).toEqual(['a']);
  });

  it('SEC-R6 keep `sub` as the account, which has to be one', async () => {
    const { reason } = setUpClaims({ claims: { login: 'nick' } });
    expect(await reason({ sub: '__proto__', nick: 'alice' })).toBe('subject');
    expect(await reason({ sub: 'a1' })).toBe('subject');
    expect(await reason({ sub: 'a1', nick: 'x <admin@localhost>' })).toBe('subject');
  });

  it.each(['toString', '__proto__', 'constructor.name', 'groups.length', 'a.b.c'])(
    'SEC-B19.1 find nothing that JavaScript gives every object: %s',
    async (role) => {
      const { read } = setUpClaims({ claims: { role } });
      expect((await read({ groups: ['x'] })).identity).not.toHaveProperty('role');
    },
  );

  it('are off for role and organisation unless they are configured', async () => {
    const { read } = setUpClaims();
    const { identity } = await read({ role: 'Admin', orgId: 7, org: 7 });
    expect(identity).not.toHaveProperty('role');
    expect(identity).not.toHaveProperty('orgId');
  });
});

describe('role and organisation', () => {
  it('are handed on where the claims are named', async () => {
    const { read } = setUpClaims({ claims: { role: 'grafana.role', orgId: 'grafana.org' } });
    expect((await read({ grafana: { role: 'Editor', org: 2 } })).identity).toMatchObject({ role: 'Editor', orgId: 2 });
    expect((await read({})).identity).not.toHaveProperty('role');
  });

  it.each(['GrafanaAdmin', 'editor', '', 7, null, ['Editor'], { role: 'Admin' }])('refuse a role that is none: %j', async (role) => {
    const { reason } = setUpClaims({ claims: { role: 'role' } });
    expect(await reason({ role })).toBe('role');
  });

  it.each([0, -1, 1.5, '2', null, 2 ** 60, [1]])('refuse an organisation that is none: %j', async (orgId) => {
    const { reason } = setUpClaims({ claims: { orgId: 'orgId' } });
    expect(await reason({ orgId })).toBe('organisation');
  });

  it('map the values of a claim: the first line that matches counts, others are no role', async () => {
    const { read, reason } = setUpClaims({ claims: { role: 'groups' }, roles: { editors: 'Editor', operators: 'Viewer' } });
    expect((await read({ groups: ['operators', 'editors'] })).identity.role).toBe('Editor');
    expect((await read({ groups: ['operators', 'Admin'] })).identity.role).toBe('Viewer');
    expect((await read({ groups: ['Admin', '__proto__'] })).identity).not.toHaveProperty('role');
    expect(await reason({ groups: ['editors', 7] })).toBe('groups');
  });

  it('map a claim that is one text, and refuse what is no text', async () => {
    const { read, reason } = setUpClaims({ claims: { role: 'job' }, roles: { editor: 'Editor' } });
    expect((await read({ job: 'editor' })).identity.role).toBe('Editor');
    for (const job of [7, null, [7], {}]) expect(await reason({ job })).toBe('role');
  });
});

describe('SEC-J6 what narrows the session', () => {
  it('is handed on: dashboards, each once', async () => {
    const { read } = setUpClaims();
    expect((await read({ dashboards: ['plant-a', 'plant_b', 'plant-a'] })).narrowing).toEqual({ dashboards: ['plant-a', 'plant_b'] });
    expect(await read({})).not.toHaveProperty('narrowing');
  });

  it.each([
    ['no list', 'plant-a'],
    ['an empty list', []],
    ['a pattern', ['plant-*']],
    ['a path', ['plant-a/../admin']],
    ['an empty uid', ['']],
    ['a long uid', ['x'.repeat(41)]],
    ['a number', [7]],
    ['null', null],
    ['an object', { 0: 'plant-a' }],
    ['more than 100', Array.from({ length: 101 }, (_, index) => `d${index}`)],
  ])('refuses dashboards that are %s', async (_name, dashboards) => {
    const { reason } = setUpClaims();
    expect(await reason({ dashboards })).toBe('dashboards');
  });

  it('SEC-D2.5 is the earlier of `sess_exp` and `until`', async () => {
    const { read, nowSeconds } = setUpClaims();
    const now = nowSeconds();
    expect((await read({ until: now + 60 })).endsAtMs).toBe((now + 60) * 1000);
    expect((await read({ until: now + 60, sess_exp: now + 30 })).endsAtMs).toBe((now + 30) * 1000);
    expect((await read({ until: now + 60, sess_exp: now + 90 })).endsAtMs).toBe((now + 60) * 1000);
  });

  it.each(['tomorrow', '1800003600', null, 0, -1, true])('refuses an `until` that is %j', async (until) => {
    const { reason } = setUpClaims();
    expect(await reason({ until })).toBe('session-end');
  });
});
