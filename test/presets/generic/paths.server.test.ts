// Path rules on a running gate: who may and who may not, over HTTP and by an upgrade.

import { describe, expect, it } from 'vitest';
import { expectRefused, useGate } from '../../support/start-gate.ts';

const gate = useGate({
  upstream: {
    preset: 'generic',
    mount: '/app',
    paths: [
      { path: '/reports/**', methods: ['GET'], capability: 'dashboard:read' },
      { path: '/socket', methods: ['GET'], capability: 'live:connect' },
      { path: '/logout', capability: 'auth' },
      { path: '/settings', capability: 'server-admin' },
    ],
  },
  config: {
    access: {
      rules: [
        { name: 'viewers', who: { users: ['vera'] }, may: ['view'] },
        { name: 'operators', who: { groups: ['operators'] }, may: ['everything'] },
      ],
    },
  },
});

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
const sendAs = async (login: string, line: string, headers: readonly string[] = []) =>
  gate.send(line, [`Cookie: ${await gate.signIn(login, [])}`, gate.ownOrigin, ...headers]);

describe('with path rules, a viewer', () => {
  it.each(['GET /app/reports', 'HEAD /app/reports/today', 'GET /app/reports/2026/may?x=/settings'])('may %s', async (line) => {
    expect((await sendAs('vera', line)).status).toBe(200);
  });

  it.each(['POST /app/reports/today', 'GET /app/settings', 'GET /app/', 'GET /app/logout'])('may not %s', async (line) => {
    await expectRefused(gate, await sendAs('vera', line), 403);
  });

  it.each(['GET /app/SETTINGS', 'GET /app/Reports', 'GET /app/%73ettings', 'GET /app/settings/'])(
    'SEC-P8 may not spell %s',
    async (line) => {
      await expectRefused(gate, await sendAs('vera', line), 400);
      await expectRefused(gate, await gate.sendAsAlice(line), 400);
    },
  );

  it('opens the socket of the rules, and no other', async () => {
    expect((await sendAs('vera', 'GET /app/socket', UPGRADE)).status).toBe(101);
    gate.upstream.clear();
    await expectRefused(gate, await sendAs('vera', 'GET /app/other', UPGRADE), 403);
  });
});

describe('with path rules, who may do everything', () => {
  it('reaches what no rule is for, and not what nobody may', async () => {
    expect((await gate.sendAsAlice('GET /app/elsewhere')).status).toBe(200);
    gate.upstream.clear();
    await expectRefused(gate, await gate.sendAsAlice('GET /app/logout'), 403);
  });
});
