// What signs the browser in here must not reach the upstream, where data sources and plugins would see it (Grafana
// CVE-2022-31130, CVE-2022-39201, CVE-2023-1387). And a credential of the upstream in the user's hands would side-step
// the gate's identity: Grafana tries Basic, API keys, JWTs and session cookies before or beside the proxy header.

import { describe, expect, it } from 'vitest';
import { expectRefused, TestGate, useGate } from '../support/start-gate.ts';

const gate = useGate();

describe("framegate's own credentials", () => {
  it('SEC-H11, SEC-B5.6 no cookie of ours reaches the upstream, wherever it stands', async () => {
    const session = gate.alice;
    const cookie = `theme=dark; ${session}; __Host-framegate-tx=canary-tx; __Host-framegate-csrf=canary-csrf; lang=de`;
    expect((await gate.send('GET /d/x', [`Cookie: ${cookie}`])).status).toBe(200);
    const bytes = await gate.upstream.allBytes();
    expect(bytes).not.toContain(session.split('=')[1] ?? 'no session');
    expect(bytes).not.toMatch(/__Host-framegate|canary/);
  });

  it('SEC-H11 a ticket is never forwarded: /_gate/ belongs to the gate, unknown paths below it too', async () => {
    const ticket = await gate.signTicket('alice');
    await expectRefused(gate, await gate.sendAsAlice(`GET /_gate/enter?ticket=${ticket}`), 400, 404, 405);
    await expectRefused(gate, await gate.sendAsAlice('GET /_gate/unknown'), 404);
    await expectRefused(gate, await gate.sendAsAlice('GET /_gate'), 404);
    await expectRefused(gate, await gate.sendAsAlice('POST /_gate/unknown', [gate.ownOrigin], 'x'), 404);
  });

  it('PRX-11 the Grafana preset forwards no cookie at all', async () => {
    expect((await gate.send('GET /d/x', [`Cookie: ${gate.alice}; grafana_session=stolen; renderKey=k; theme=dark`])).status).toBe(200);
    expect(gate.upstream.onlyRequest.header('cookie')).toBeUndefined();
  });
});

describe("the upstream's credentials in the user's hands", () => {
  it.each([
    'Authorization: Basic YWRtaW46YWRtaW4=',
    'Authorization: Bearer glsa_canary',
    'X-JWT-Assertion: a.b.c',
    'X-Grafana-Id: a.b.c',
    'X-DS-Authorization: Bearer canary',
    'X-Access-Token: canary',
    'X-Grafana-Device-Id: canary',
  ])('SEC-H12, PRX-11 %s is not forwarded', async (header) => {
    const sent = await gate.sendAsAlice('GET /d/x', [header]);
    const name = header.slice(0, header.indexOf(':'));
    if (sent.status === 200) expect(gate.upstream.onlyRequest.header(name)).toBeUndefined();
    else await expectRefused(gate, sent, 400, 403);
  });

  it.each(['/d/x?auth_token=a.b.c', '/d/x?a=1&auth_token=a.b.c', '/d/x?%61uth_token=a.b.c', '/d/x?auth_token'])(
    'SEC-H12 a token in the query is refused: %s',
    async (target) => {
      await expectRefused(gate, await gate.sendAsAlice(`GET ${target}`), 400, 403);
    },
  );
});

describe('the generic preset', () => {
  it('PRX-11 forwards the other cookies intact, and never ours', async () => {
    const generic = new TestGate({ upstream: { preset: 'generic' } });
    await generic.start();
    try {
      const cookie = `a=1; ${generic.alice}; b="x y"; __Host-framegate-tx=t; a=2`;
      expect((await generic.send('GET /x', [`Cookie: ${cookie}`])).status).toBe(200);
      expect(generic.upstream.onlyRequest.header('cookie')).toBe('a=1; b="x y"; a=2');
      expect(generic.upstream.onlyRequest.header('authorization')).toBeUndefined();
    } finally {
      await generic.close();
    }
  });
});

describe('the built-in administrator', () => {
  it.each(['admin', 'Admin', 'admin@localhost'])('SEC-J7 a ticket for %s does not act as the administrator', async (login) => {
    const signedIn = await gate.signIn(login, ['operators']).catch(() => undefined);
    if (signedIn !== undefined) await expectRefused(gate, await gate.send('GET /d/x', [`Cookie: ${signedIn}`]), 401, 403);
    expect(await gate.upstream.allBytes()).toBe('');
  });
});

describe("the upstream's own sign-in", () => {
  it.each([
    'GET /login',
    'GET /logout',
    'POST /login',
    'GET /login/generic_oauth',
    'GET /LOGIN',
    'GET /login/',
    'POST /api/user/auth-tokens/rotate',
  ])('PRX-4, SEC-P8 %s is not reached through the gate', async (line) => {
    const sent = await gate.sendAsAlice(line, [gate.ownOrigin], line.startsWith('POST') ? 'user=admin' : '');
    await expectRefused(gate, sent, 302, 303, 400, 403, 404);
    if (sent.header('location') !== undefined) expect(sent.header('location')).toMatch(/\/_gate\//);
  });
});
