// The rules, on a running gate: what they deny never reaches the upstream, and what they say is what the upstream is told.

import { describe, expect, it } from 'vitest';
import type { Log } from '../../src/kernel/log.ts';
import { expectRefused, useGate } from '../support/start-gate.ts';

type Line = readonly [level: string, event: string, fields: Record<string, unknown>];

/** A log that remembers. */
function createRecordingLog(lines: Line[]): Log {
  const write = (level: string) => (event: string, fields?: object) => {
    lines.push([level, event, (fields ?? {}) as Record<string, unknown>]);
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } as Log;
}

const RULES = [
  {
    name: 'operators watch',
    who: { groups: ['operators'] },
    may: ['view' as const],
    on: { dashboards: ['plant-*'], dataSources: ['prom'] },
    as: { role: 'Viewer' as const, orgId: 2 },
  },
  { name: 'not line b', who: { everyone: true as const }, deny: ['dashboard:read' as const], on: { dashboards: ['plant-b'] } },
  { name: 'from far away', who: { groups: ['operators'] }, may: ['browse' as const], when: { networks: ['192.0.2.0/24'] } },
  { name: 'from here', who: { groups: ['operators'] }, may: ['user:write' as const], when: { networks: ['127.0.0.0/8', '::1'] } },
  { name: 'by password', who: { groups: ['operators'] }, may: ['explore' as const], when: { methods: ['password' as const] } },
];

describe('access.rules', () => {
  const lines: Line[] = [];
  const gate = useGate({ config: { access: { rules: RULES } }, log: createRecordingLog(lines) });

  it.each([
    ['GET /d/plant-a/x?orgId=2', 200],
    ['GET /d/plant-b/x', 403],
    ['GET /d/PLANT-B/x', 403],
    ['GET /d/hr/x', 403],
    ['GET /api/annotations', 403],
    ['GET /api/annotations?dashboardUID=plant-a', 200],
    ['GET /api/datasources', 403],
    ['GET /metrics', 403],
    ['GET /no/such/route', 403],
    ['GET /dashboards', 403],
    ['GET /explore', 403],
  ])('SEC-P9, SEC-P13 %s is %i', async (line, status) => {
    const sent = await gate.sendAsAlice(line);
    if (status === 403) await expectRefused(gate, sent, 403);
    else expect(sent.status).toBe(200);
  });

  it('SEC-P12 another organisation is 403, and the upstream is told that of the rule', async () => {
    for (const orgId of ['1', '3']) await expectRefused(gate, await gate.sendAsAlice(`GET /d/plant-a/x?orgId=${orgId}`), 403);
    await gate.sendAsAlice('GET /d/plant-a/x', ['X-Grafana-Org-Id: 9']);
    const [request] = gate.upstream.requests;
    expect(request?.all('x-grafana-org-id')).toEqual(['2']);
    expect(request?.all('x-webauth-role')).toEqual(['Viewer']);
  });

  it("a rule for a network goes by the client's address, which nobody is believed about", async () => {
    await expectRefused(gate, await gate.sendAsAlice('GET /dashboards', ['X-Forwarded-For: 192.0.2.1']), 403);
    const write = await gate.sendAsAlice('PATCH /api/user/preferences', [gate.ownOrigin, 'Content-Type: application/json'], '{}');
    expect(write.status).toBe(200);
  });

  it('a denial is logged with its reasons, without the query', async () => {
    lines.length = 0;
    await gate.sendAsAlice('GET /d/plant-b/x?var-secret=canary');
    expect(lines.filter(([, event]) => event === 'request.denied')).toMatchObject([
      ['warn', 'request.denied', { reason: 'denied-by-rule everyone-listed', login: 'alice', path: '/d/plant-b/x', status: 403 }],
    ]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });
});

describe('access.mode observe', () => {
  const lines: Line[] = [];
  const gate = useGate({ config: { access: { mode: 'observe', rules: RULES } }, log: createRecordingLog(lines) });

  it('lets through what the rules deny, and logs why it would have been denied', async () => {
    lines.length = 0;
    expect((await gate.sendAsAlice('GET /d/plant-b/x?var-secret=canary')).status).toBe(200);
    expect((await gate.sendAsAlice('GET /no/such/route')).status).toBe(200);
    expect(gate.upstream.requests).toHaveLength(2);
    expect(lines.filter(([, event]) => event === 'access.would-deny')).toMatchObject([
      [
        'warn',
        'access.would-deny',
        { reason: 'denied-by-rule everyone-listed', rule: 'not line b', capability: 'dashboard:read', login: 'alice' },
      ],
      ['warn', 'access.would-deny', { capability: 'unknown', path: '/no/such/route' }],
    ]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  it('says nothing about what the rules grant', async () => {
    lines.length = 0;
    expect((await gate.sendAsAlice('GET /d/plant-a/x')).status).toBe(200);
    expect(lines.map(([, event]) => event)).not.toContain('access.would-deny');
  });

  it("SEC-J7, SEC-P4, SEC-P9 never the upstream's log-in, what the guard refuses, its administrators, or somebody who is not signed in", async () => {
    await expectRefused(gate, await gate.sendAsAlice('GET /login'), 403);
    await expectRefused(gate, await gate.sendAsAlice('GET /a/%2e%2e/b'), 400);
    await expectRefused(gate, await gate.send('GET /d/plant-a/x'), 200, 302, 401);
  });
});
