// The session cookie: forged, tossed, replayed after its session ended, or set by the upstream (SEC-B5, PRX-27).

import { describe, expect, it } from 'vitest';
import { replyWith } from '../support/recording-upstream.ts';
import { expectRefused, HOST_PAGE, TestGate, useGate } from '../support/start-gate.ts';

const gate = useGate({ upstream: { preset: 'generic' } });

const API = 'Accept: application/json';

function setCookieAnswer(...lines: string[]): string {
  return `HTTP/1.1 200 OK\r\n${lines.map((line) => `Set-Cookie: ${line}\r\n`).join('')}Content-Length: 2\r\n\r\nok`;
}

describe('the session cookie on the way in', () => {
  const tampered: readonly { name: string; change: (cookie: string) => string }[] = [
    { name: 'last character changed', change: (cookie) => cookie.slice(0, -1) + (cookie.endsWith('A') ? 'B' : 'A') },
    { name: 'signature cut off', change: (cookie) => cookie.replace(/\..*$/, '') },
    { name: 'signature empty', change: (cookie) => cookie.replace(/\..*$/, '.') },
    { name: 'one more character', change: (cookie) => `${cookie}A` },
    { name: 'empty', change: () => '__Host-framegate=' },
    { name: 'no value', change: () => '__Host-framegate' },
    { name: 'broken percent-encoding', change: () => '__Host-framegate=s%3' },
    { name: 'name in another case', change: (cookie) => cookie.replace('__Host-framegate', '__host-framegate') },
  ];

  for (const { name, change } of tampered) {
    it(`SEC-B5.1 ${name}: anonymous, no new cookie, nothing upstream`, async () => {
      const cookie = change(gate.alice);
      expect(cookie).not.toBe(gate.alice);
      const sent = await gate.send('GET /d/x', [API, `Cookie: ${cookie}`]);
      await expectRefused(gate, sent, 401);
      expect(sent.header('set-cookie')).toBeUndefined();
    });
  }

  for (const { name, cookies } of [
    { name: 'the forged one first', cookies: () => `__Host-framegate=s%3Aforged.x; ${gate.alice}` },
    { name: 'the forged one last', cookies: () => `${gate.alice}; __Host-framegate=s%3Aforged.x` },
    { name: 'the same twice', cookies: () => `${gate.alice}; ${gate.alice}` },
  ]) {
    it(`SEC-B5.2 two session cookies (${name}): 400 or anonymous`, async () => {
      await expectRefused(gate, await gate.send('GET /d/x', [API, `Cookie: ${cookies()}`]), 400, 401);
    });
  }

  it('SEC-B5.3 200 cookies of 16 KB: 431', async () => {
    const many = Array.from({ length: 200 }, (_, index) => `c${index}=${'x'.repeat(80)}`).join('; ');
    await expectRefused(gate, await gate.send('GET /d/x', [`Cookie: ${gate.alice}; ${many}`]), 431);
  });

  it.each(['__proto__=1; constructor=2', '__proto__.isAdmin=1', 'toString=x; hasOwnProperty=y'])(
    'SEC-B5.4 cookies named %j are ignored',
    async (cookies) => {
      expect((await gate.send('GET /d/x', [`Cookie: ${cookies}; ${gate.alice}`])).status).toBe(200);
      await gate.upstream.allBytes();
      gate.upstream.clear();
      await expectRefused(gate, await gate.send('GET /d/x', [API, `Cookie: ${cookies}`]), 401);
      expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
    },
  );

  it('SEC-B5.5, SEC-R9 the id of a session that ended is not adopted again', async () => {
    const cookie = await gate.signIn('bea', ['operators']);
    expect((await gate.send('GET /d/x', [`Cookie: ${cookie}`])).status).toBe(200);
    const out = await gate.send('POST /_gate/logout', [`Cookie: ${cookie}`, gate.ownOrigin]);
    expect(out.status).toBeLessThan(400);
    gate.upstream.clear();
    const sent = await gate.send('GET /d/x', [API, `Cookie: ${cookie}`]);
    await expectRefused(gate, sent, 401);
    expect(sent.header('set-cookie')).toBeUndefined();
    expect((await gate.send('GET /_gate/session', [API, `Cookie: ${cookie}`])).body).not.toContain('bea');
  });

  it('SEC-R9 signing in gives an id that differs from the one the browser had', async () => {
    expect(await gate.signIn('bo', ['operators'])).not.toBe(await gate.signIn('bo', ['operators']));
  });

  it.each(['/d/x?__Host-framegate=', '/d/x?sid=', '/d/x?session='])(
    'SEC-B11.1 a session id in the query (%s) opens nothing',
    async (target) => {
      await expectRefused(gate, await gate.send(`GET ${target}${gate.alice.split('=')[1]}`, [API]), 401);
    },
  );

  it('SEC-B5.5 an anonymous request gets no cookie (saveUninitialized off)', async () => {
    const sent = await gate.send('GET /d/x', [API]);
    expect(sent.status).toBe(401);
    expect(sent.header('set-cookie')).toBeUndefined();
  });
});

describe('the session cookie on the way out', () => {
  it('SEC-D1.1 has the attributes of an embedded cookie, decided from publicUrl alone', async () => {
    const body = `ticket=${await gate.signTicket('cora', ['operators'])}&to=%2F`;
    const headers = [
      'Content-Type: application/x-www-form-urlencoded',
      `Origin: ${HOST_PAGE}`,
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Dest: iframe',
    ];
    const entered = await gate.send('POST /_gate/enter', headers, body);
    expect(entered.status).toBe(303);
    const attributes = (entered.all('set-cookie').find((line) => line.startsWith('__Host-framegate=')) ?? '').split('; ').slice(1);
    expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'HttpOnly', 'Secure', 'SameSite=None', 'Partitioned']));
    expect(attributes.join()).not.toMatch(/Domain/i);
  });

  it('PRX-F31 a proxied answer never sets the session cookie', async () => {
    expect((await gate.sendAsAlice('GET /d/x')).all('set-cookie')).toEqual([]);
  });
});

describe("the upstream's Set-Cookie", () => {
  it.each([
    '__Host-framegate=evil; Path=/; Secure',
    '__Host-framegate-tx=evil; Path=/',
    '__host-FRAMEGATE=evil',
    ' __Host-framegate =evil',
    '__Host-framegateX=evil',
  ])('SEC-B4.4, PRX-27 %j is dropped, others stay', async (line) => {
    gate.upstream.script = replyWith(setCookieAnswer(line, 'a=1; Path=/'));
    const sent = await gate.sendAsAlice('GET /d/x');
    expect(sent.all('set-cookie')).toHaveLength(1);
    expect(sent.header('set-cookie')).toMatch(/^a=1/);
  });

  it('SEC-B4.5, PRX-23 others lose Domain, become Secure, SameSite=None, Partitioned, and stay in order', async () => {
    gate.upstream.script = replyWith(setCookieAnswer('a=1; Domain=grafana; Path=/; SameSite=Lax', 'b=x=y; HttpOnly; Max-Age=60', 'a=2'));
    const lines = (await gate.sendAsAlice('GET /d/x')).all('set-cookie');
    expect(lines.map((line) => line.split(';')[0])).toEqual(['a=1', 'b=x=y', 'a=2']);
    for (const line of lines) {
      expect(line).toMatch(/; ?Secure(;|$)/i);
      expect(line).toMatch(/; ?SameSite=None(;|$)/i);
      expect(line).toMatch(/; ?Partitioned(;|$)/i);
      expect(line).not.toMatch(/Domain=|Lax/i);
    }
    expect(lines[1]).toMatch(/; ?HttpOnly/i);
    expect(lines[1]).toMatch(/; ?Max-Age=60/i);
  });

  it('SEC-B4.5 the Grafana preset lets no session cookie of Grafana through, on any status', async () => {
    const grafana = new TestGate({});
    await grafana.start();
    try {
      for (const status of ['200 OK', '404 Not Found', '302 Found\r\nLocation: /d/y']) {
        grafana.upstream.script = replyWith(
          `HTTP/1.1 ${status}\r\nSet-Cookie: grafana_session=abc; Path=/; HttpOnly\r\nSet-Cookie: grafana_session_expiry=1; Path=/\r\nSet-Cookie: redirect_to=%2F\r\nContent-Length: 0\r\n\r\n`,
        );
        expect((await grafana.sendAsAlice('GET /d/x')).all('set-cookie')).toEqual([]);
      }
    } finally {
      await grafana.close();
    }
  });
});
