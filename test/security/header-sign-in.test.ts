// A proxy in front says who is asking, by a header. Whoever else reaches the gate, past that proxy, says the same: the
// header counts only on connections from the proxy's own address (Mailu CVE-2026-85751, oauth2-proxy CVE-2026-40575).

import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { expectRefused, expectRefusedByGuard, type TestGate, useGate } from '../support/start-gate.ts';

/** The tests connect from 127.0.0.1. */
const FROM_HERE = ['127.0.0.1'];
const FROM_ELSEWHERE = ['127.0.0.9'];

const signIn = (trustedPeers: string[], more: object = {}) => ({
  header: { trustedPeers, user: 'X-Forwarded-User', groups: 'X-Forwarded-Groups', email: 'X-Mail', loginPrefix: 'p-', ...more },
});
const ZOE = ['X-Forwarded-User: zoe', 'X-Forwarded-Groups: operators', 'X-Mail: zoe@example.com'];

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

function expectNothingOfTheHeaders(gate: TestGate): void {
  const names = gate.upstream.onlyRequest.headers.map(([name]) => name.toLowerCase());
  expect(names.filter((name) => /x[-_.](?:forwarded[-_.](?:user|groups)|mail)/.test(name))).toEqual([]);
}

describe('behind a trusted proxy', () => {
  const gate = useGate({ signIn: signIn(FROM_HERE) });

  it('the person of the header is who the upstream is told, by our headers alone', async () => {
    expect((await gate.send('GET /d/x', ZOE)).status).toBe(200);
    const { onlyRequest } = gate.upstream;
    expect(onlyRequest.all('x-webauth-user')).toEqual(['p-zoe']);
    expect(onlyRequest.all('x-webauth-groups')).toEqual(['operators']);
    expect(onlyRequest.all('x-webauth-email')).toEqual(['zoe@example.com']);
    expectNothingOfTheHeaders(gate);
  });

  it('the same rules hold as for everybody', async () => {
    await expectRefused(gate, await gate.send('GET /d/x', ['X-Forwarded-User: zoe', 'X-Forwarded-Groups: visitors']), 403);
  });

  it('the header is stronger than a session cookie, and without it the cookie says who is asking', async () => {
    expect((await gate.sendAsAlice('GET /d/x', ZOE)).status).toBe(200);
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['p-zoe']);
    gate.upstream.clear();
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(200);
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['alice']);
  });

  it('SEC-H1 a second line is refused, nothing upstream', async () => {
    await expectRefused(gate, await gate.send('GET /d/x', [...ZOE, 'x-forwarded-user: root']), 400);
    await expectRefused(gate, await gate.sendAsAlice('GET /d/x', [...ZOE, 'X-Forwarded-Groups: admins']), 400);
  });

  it.each(['X_Forwarded_User', 'x-forwarded_user', 'X.Forwarded.User', 'X_Mail'])(
    'SEC-H2, SEC-H3 the alias %s is refused',
    async (name) => {
      await expectRefusedByGuard(gate, await gate.send('GET /d/x', [...ZOE, `${name}: root`]), 400);
    },
  );

  it('SEC-H4 the header counts in any case', async () => {
    expect((await gate.send('GET /d/x', ['x-FORWARDED-user: zoe', 'X-FORWARDED-GROUPS: operators'])).status).toBe(200);
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['p-zoe']);
  });

  it('SEC-F4 a login that is none is refused, and no cookie stands in for it', async () => {
    await expectRefused(gate, await gate.sendAsAlice('GET /d/x', ['X-Forwarded-User: x <admin@localhost>']), 400);
  });

  it('SEC-D7.2 a state-changing request has to come from our own page all the same', async () => {
    await expectRefused(gate, await gate.send('POST /api/x', [...ZOE, 'Origin: https://evil.test'], '{}'), 403);
    await expectRefused(gate, await gate.send('POST /api/x', ZOE, '{}'), 403);
    expect((await gate.send('POST /api/x', [...ZOE, gate.ownOrigin], '{}')).status).toBe(200);
  });

  it('SEC-D7.4 an upgrade takes the same road', async () => {
    await expectRefused(gate, await gate.send('GET /api/live/ws', [...ZOE, ...UPGRADE, 'Origin: https://evil.test']), 403);
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.text('GET /api/live/ws', [...ZOE, ...UPGRADE, gate.ownOrigin]));
    expect((await connection.answer()).status).toBe(101);
    connection.close();
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['p-zoe']);
    expectNothingOfTheHeaders(gate);
  });

  it('our own routes know the person, too', async () => {
    const sent = await gate.send('GET /_gate/session', [...ZOE, 'Accept: application/json', 'Sec-Fetch-Site: same-origin']);
    expect(JSON.parse(sent.body)).toMatchObject({ signedIn: true, login: 'p-zoe', method: 'header', endsAt: null });
  });
});

describe('past the proxy', () => {
  const gate = useGate({ signIn: signIn(FROM_ELSEWHERE) });

  it('SEC-H6 the header signs nobody in', async () => {
    await expectRefused(gate, await gate.send('GET /d/x', [...ZOE, 'Accept: application/json']), 401);
  });

  it.each(['X-Forwarded-For: 127.0.0.9', 'X-Real-IP: 127.0.0.9', 'Forwarded: for=127.0.0.9'])(
    'SEC-H8 neither does it with %s',
    async (line) => {
      await expectRefused(gate, await gate.send('GET /d/x', [...ZOE, line, 'Accept: application/json']), 401);
    },
  );

  it('SEC-H1 the header of somebody who is signed in is removed, and the session is who is asking', async () => {
    expect((await gate.sendAsAlice('GET /d/x', [...ZOE, 'X-Forwarded-User: root'])).status).toBe(200);
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['alice']);
    expectNothingOfTheHeaders(gate);
  });

  it('SEC-H1 an upgrade with the header alone is 401', async () => {
    await expectRefused(gate, await gate.send('GET /api/live/ws', [...ZOE, ...UPGRADE, gate.ownOrigin]), 401);
  });
});

describe('SEC-H6 a proxy that is trusted for addresses', () => {
  const gate = useGate({ signIn: signIn(FROM_ELSEWHERE), config: { trustedProxies: FROM_HERE } });

  it('is not trusted for people: the address that it forwards is not the peer', async () => {
    await expectRefused(gate, await gate.send('GET /d/x', [...ZOE, 'X-Forwarded-For: 127.0.0.9', 'Accept: application/json']), 401);
  });
});

describe('SEC-R6 a login of somebody else', () => {
  const gate = useGate({ signIn: { ...signIn(FROM_HERE, { loginPrefix: undefined }), tickets: [] }, anonymous: true });

  it.each([
    { name: 'of a password account', user: 'pat' },
    { name: 'of a password account in another case', user: 'PAT' },
    { name: 'of a built-in administrator', user: 'admin' },
  ])('$name is refused with 401, nothing upstream', async ({ user }) => {
    const sent = await gate.send('GET /d/x', [`X-Forwarded-User: ${user}`, 'X-Forwarded-Groups: operators', 'Accept: application/json']);
    await expectRefused(gate, sent, 401);
    expect(JSON.parse(sent.body)).toMatchObject({ code: 'FRAMEGATE_IDENTITY_REFUSED' });
  });
});

describe('SEC-H10 a proxy with a shared secret', () => {
  const secret = 'Vt5cQ9wLzR3nK8mJ2xGdF7hBsP4yNaE6uX1oTi0WvZq';
  const gate = useGate({ signIn: signIn(FROM_HERE, { secret, secretHeader: 'X-Proof' }) });

  it('is believed with it, and it goes nowhere', async () => {
    expect((await gate.send('GET /d/x', [...ZOE, `X-Proof: ${secret}`])).status).toBe(200);
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['p-zoe']);
    expect(await gate.upstream.allBytes()).not.toContain(secret);
  });

  it('is refused without it, and where it is wrong', async () => {
    await expectRefused(gate, await gate.send('GET /d/x', ZOE), 401);
    await expectRefused(gate, await gate.sendAsAlice('GET /d/x', [...ZOE, `X-Proof: ${secret.replace('V', 'v')}`]), 401);
  });

  it('does not pass it on for somebody else either', async () => {
    expect((await gate.sendAsAlice('GET /d/x', [`X-Proof: ${secret}`])).status).toBe(200);
    expect(await gate.upstream.allBytes()).not.toContain(secret);
  });
});
