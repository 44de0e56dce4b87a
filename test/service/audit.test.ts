// What the audit log keeps of a running gate, and what the admin API tells of denials.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { openSocket } from '../support/open-connections.ts';
import { CLOSED_BY_POLICY, OPERATORS, useFileGate } from './reload-kit.ts';

const { gate } = useFileGate({
  config: {
    audit: { to: 'file', file: 'audit.log' },
    access: {
      rules: [
        OPERATORS,
        { name: 'viewers', who: { users: ['vera'] }, may: ['view'], on: { dashboards: ['plant-a'], dataSources: ['prom'] } },
      ],
    },
  },
});

type Line = Record<string, unknown>;
const lines = (name = 'audit.log'): Line[] => {
  const path = `${gate.folder}/${name}`;
  return existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line)
    : [];
};
/** The first line with these values. */
async function told(values: Line): Promise<Line> {
  const find = () => lines().find((line) => Object.entries(values).every(([key, value]) => line[key] === value));
  await vi.waitUntil(() => find() !== undefined, 3000);
  return find() ?? {};
}
const askAdmin = async (path: string): Promise<unknown> => (await fetch(`${gate.adminUrl}/admin/api${path}`)).json();

describe('the audit log of a running gate', () => {
  it('SEC-D11.1 keeps a hand-off, a denial with its reason, a write, and no plain read', async () => {
    const vera = await gate.signIn('vera', []);
    expect(await told({ event: 'hand-off', outcome: 'ok' })).toMatchObject({
      auth_method: 'ticket',
      principal: { issuer: 'https://host.test', sub: expect.any(String), name: expect.any(String) },
      parent_origin: 'https://host.test',
      path: '/_gate/enter',
    });
    expect((await gate.send('GET /d/plant-a/x', [`Cookie: ${vera}`])).status).toBe(200);
    expect((await gate.send('GET /d/plant-b/x?secret=canary', [`Cookie: ${vera}`])).status).toBe(403);
    await gate.sendAsAlice('POST /api/annotations', [gate.ownOrigin, 'Content-Type: application/json'], '{}');
    expect(await told({ event: 'decision', outcome: 'deny' })).toMatchObject({
      reason_code: expect.stringContaining('dashboard-not-listed'),
      principal: { name: 'vera' },
      path: '/d/plant-b/x',
      upstream: 'main',
      status: 403,
      sid_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(await told({ event: 'decision', outcome: 'allow' })).toMatchObject({
      path: '/api/annotations',
      rule_id: 'operators',
      method: 'POST',
    });
    expect(lines().filter(({ path }) => path === '/d/plant-a/x')).toEqual([]);
    expect(readFileSync(`${gate.folder}/audit.log`, 'utf8')).not.toContain('canary');
  });

  it('SEC-D11.1 keeps refusals of the guard and of the origin check, log-outs, ends of sessions, sockets and reloads', async () => {
    const wes = await gate.signIn('wes', ['operators']);
    const socket = await openSocket(gate, wes);
    await gate.send('GET /d/%00', [`Cookie: ${wes}`]);
    await gate.send('POST /api/annotations', [`Cookie: ${wes}`, 'Origin: https://evil.test'], '{}');
    await gate.send('POST /_gate/logout', [`Cookie: ${wes}`, gate.ownOrigin]);
    await socket.waitForEnd(1000);
    expect(socket.pending).toMatch(CLOSED_BY_POLICY);
    const opened = await told({ event: 'socket-open' });
    const closed = await told({ event: 'socket-close' });
    expect(closed).toMatchObject({ request_id: opened['request_id'], sid_hash: opened['sid_hash'], bytes: expect.any(Number) });
    expect(await told({ event: 'guard', outcome: 'fail' })).toMatchObject({ reason_code: expect.any(String), status: 400 });
    expect(await told({ event: 'origin', outcome: 'fail' })).toMatchObject({ status: 403, parent_origin: 'https://evil.test' });
    await told({ event: 'sign-out', outcome: 'ok' });
    expect(await told({ event: 'session-end', reason_code: 'signed-out' })).toMatchObject({ sid_hash: opened['sid_hash'] });

    const before = closed['config_rev'];
    await gate.rewrite({ access: { rules: [OPERATORS] } });
    expect(await gate.reload()).toBe(true);
    const reloaded = await told({ event: 'reload', outcome: 'ok' });
    expect(reloaded['reason_code']).toBe('access.rules');
    expect(reloaded['config_rev']).not.toBe(before);
    await gate.rewrite({ publicUrl: 'nowhere' });
    expect(await gate.reload()).toBe(false);
    expect((await told({ event: 'reload', outcome: 'fail' }))['reason_code']).toContain('publicUrl');
  });

  it.each([
    ['denied', ['deny']],
    ['all', ['allow', 'allow', 'deny']],
  ] as const)('keeps of the decisions what `audit.decisions: %s` says', async (decisions, outcomes) => {
    const file = `audit-${decisions}.log`;
    await gate.rewrite({ audit: { to: 'file', file, decisions } });
    await gate.reload();
    await gate.sendAsAlice('GET /api/x');
    await gate.sendAsAlice('POST /api/annotations', [gate.ownOrigin], '{}');
    const xena = await gate.signIn('xena', []);
    await gate.send('GET /api/x', [`Cookie: ${xena}`]);
    const kept = () =>
      lines(file)
        .filter(({ event }) => event === 'decision')
        .map(({ outcome }) => outcome);
    await vi.waitUntil(() => kept().includes('deny'), 3000);
    expect(kept().sort()).toEqual(outcomes);
  });
});

describe('GET /admin/api/denials', () => {
  it('tells who was denied what, why, and the rule that would allow it, which then does', async () => {
    const yves = await gate.signIn('yves', []);
    expect((await gate.send('GET /d/plant-c/x', [`Cookie: ${yves}`])).status).toBe(403);
    const { denials, revision } = (await askAdmin('/denials')) as { denials: (Line & { allowedBy: string })[]; revision: string };
    expect(revision).toMatch(/^[0-9a-f]{12}$/);
    const [latest] = denials;
    expect(latest).toMatchObject({
      principal: { login: 'yves' },
      method: 'GET',
      path: '/d/plant-c/x',
      upstream: 'main',
      capability: 'dashboard:read',
      resources: { dashboards: ['plant-c'] },
      reasons: ['no-rule-matches'],
      observed: false,
    });
    await gate.rewrite({ access: { rules: parse(latest?.allowedBy ?? '') as [] } });
    expect(await gate.reload()).toBe(true);
    expect((await gate.send('GET /d/plant-c/x', [`Cookie: ${yves}`])).status).toBe(200);
    expect((await gate.send('GET /d/plant-d/x', [`Cookie: ${yves}`])).status).toBe(403);
  });
});
