// What a ticket says of its session holds for each request.

import { describe, expect, it } from 'vitest';
import { useGate } from '../support/start-gate.ts';

const gate = useGate();

describe('SEC-J6 a ticket that names dashboards', () => {
  const statusOf = async (cookie: string, line: string): Promise<number> => (await gate.send(line, [`Cookie: ${cookie}`])).status;

  it('lets its session see these and no other, whatever the rules grant', async () => {
    const narrowed = await gate.signIn('alice', ['operators'], { dashboards: ['plant-a'] });
    const whole = await gate.signIn('alice', ['operators']);
    for (const line of ['GET /api/dashboards/uid/plant-b', 'GET /d/plant-b/name']) {
      expect([line, await statusOf(whole, line)]).toEqual([line, 200]);
      expect([line, await statusOf(narrowed, line)]).toEqual([line, 403]);
    }
    for (const line of ['GET /api/dashboards/uid/plant-a', 'GET /d/plant-a/name'])
      expect([line, await statusOf(narrowed, line)]).toEqual([line, 200]);
  });

  it('gives its session nothing that the rules do not grant', async () => {
    const stranger = await gate.signIn('mallory', [], { dashboards: ['plant-a'] });
    expect(await statusOf(stranger, 'GET /api/dashboards/uid/plant-a')).toBe(403);
  });
});

describe('SEC-D2.5 a ticket that says until when', () => {
  it('ends the session then', async () => {
    const until = Math.floor(Date.now() / 1000) + 600;
    const cookie = await gate.signIn('alice', ['operators'], { until });
    const session = await gate.send('GET /_gate/session', [`Cookie: ${cookie}`, 'Accept: application/json']);
    expect(JSON.parse(session.body)).toMatchObject({ endsAt: new Date(until * 1000).toISOString() });
  });
});
