// Clickjacking and header injection from the upstream's side: only listed hosts may frame an answer, on every status,
// and what the upstream says about frames, redirects, workers and transport never speaks for the gate (SEC-B4, SEC-B13,
// PRX-25, PRX-26).

import { describe, expect, it } from 'vitest';
import { answerText, replyWith } from '../support/recording-upstream.ts';
import { HOST_PAGE, type Sent, TestGate, useGate } from '../support/start-gate.ts';

const gate = useGate({ upstream: { preset: 'generic' } });

/** The value of every frame-ancestors directive, over all policy lines. */
const ancestorsOf = (sent: Sent): string[] =>
  [
    ...sent
      .all('content-security-policy')
      .join(';')
      .matchAll(/frame-ancestors ([^;]*)/g),
  ].map((match) => (match[1] ?? '').trim());

function expectFrameable(sent: Sent): void {
  expect(sent.header('x-frame-options')).toBeUndefined();
  expect(ancestorsOf(sent)).toHaveLength(1);
  expect(ancestorsOf(sent)[0]).toContain(HOST_PAGE);
  expect(ancestorsOf(sent)[0]).not.toMatch(/\*|https?:( |$)/);
}

function expectNotFrameable(sent: Sent): void {
  expect(ancestorsOf(sent)).toEqual(["'none'"]);
}

const DOCUMENT = ['Accept: text/html', 'Sec-Fetch-Dest: iframe', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Site: cross-site'];

describe('frame control', () => {
  it.each([
    '200 OK',
    '201 Created',
    '401 Unauthorized',
    '403 Forbidden',
    '404 Not Found',
    '500 Internal Server Error',
    '503 Service Unavailable',
  ])('SEC-B4.1, PRX-26 %s: X-Frame-Options goes, our frame-ancestors comes', async (status) => {
    gate.upstream.script = replyWith(
      answerText(status, ['X-Frame-Options: deny', 'x-frame-options: SAMEORIGIN', 'Content-Type: text/html'], 'no'),
    );
    expectFrameable(await gate.sendAsAlice('GET /d/x', ['Sec-Fetch-Dest: empty']));
  });

  it.each(['301 Moved Permanently', '302 Found', '307 Temporary Redirect', '308 Permanent Redirect'])('PRX-26 %s too', async (status) => {
    gate.upstream.script = replyWith(answerText(status, ['X-Frame-Options: deny', 'Location: /d/y']));
    const sent = await gate.sendAsAlice('GET /d/x');
    expect(sent.status).toBe(Number(status.slice(0, 3)));
    expectFrameable(sent);
  });

  it('PRX-26 304 too', async () => {
    gate.upstream.script = replyWith('HTTP/1.1 304 Not Modified\r\nX-Frame-Options: deny\r\nETag: "a"\r\n\r\n');
    const sent = await gate.sendAsAlice('GET /d/x', ['If-None-Match: "a"']);
    expect(sent.status).toBe(304);
    expectFrameable(sent);
  });

  it.each(['HEAD', 'POST', 'DELETE'])('PRX-26 the answer to %s too', async (method) => {
    gate.upstream.script = (request, socket) => {
      socket.write(
        answerText('200 OK', ['X-Frame-Options: deny'], '').replace('Length: 0', request.method === 'HEAD' ? 'Length: 9' : 'Length: 0'),
      );
    };
    expectFrameable(await gate.sendAsAlice(`${method} /d/x`, [gate.ownOrigin]));
  });

  it("SEC-B4.2 the upstream's policy loses only its frame-ancestors; ours is a line of its own", async () => {
    const policy = "script-src 'nonce-abc' 'strict-dynamic'; frame-ancestors 'none'; object-src 'none'";
    gate.upstream.script = replyWith(answerText('200 OK', [`Content-Security-Policy: ${policy}`], 'ok'));
    const sent = await gate.sendAsAlice('GET /d/x');
    expectFrameable(sent);
    const lines = sent.all('content-security-policy');
    expect(lines).toHaveLength(2);
    expect(lines.find((line) => line.includes('script-src'))).toMatch(/^script-src 'nonce-abc' 'strict-dynamic'; ?object-src 'none';?$/);
  });

  for (const { name, lines } of [
    {
      name: 'two lines',
      lines: [
        "Content-Security-Policy: frame-ancestors 'none'; img-src *",
        "Content-Security-Policy: FRAME-ANCESTORS https://evil.test; font-src 'self'",
      ],
    },
    {
      name: 'one line with a comma',
      lines: ["Content-Security-Policy: frame-ancestors 'none'; img-src *, frame-ancestors https://evil.test; font-src 'self'"],
    },
    { name: 'tab and odd spacing', lines: ["content-security-policy: img-src *;\tframe-ancestors\thttps://evil.test  ;font-src 'self'"] },
  ]) {
    it(`SEC-B4.3 conflicting policies (${name}) all lose their frame-ancestors and keep the rest`, async () => {
      gate.upstream.script = replyWith(answerText('200 OK', lines, 'ok'));
      const sent = await gate.sendAsAlice('GET /d/x');
      expectFrameable(sent);
      const policies = sent.all('content-security-policy').join(' ');
      expect(policies).toContain('img-src *');
      expect(policies).toContain("font-src 'self'");
      expect(policies).not.toContain('evil.test');
    });
  }

  it('SEC-D3.2 with nobody listed, nobody may frame', async () => {
    const alone = new TestGate({ config: { embed: { hosts: [] } }, anonymous: true });
    await alone.start();
    try {
      expectNotFrameable(await alone.send('GET /d/x', DOCUMENT));
    } finally {
      await alone.close();
    }
  });

  for (const { name, send } of [
    { name: 'sign-in card', send: () => gate.send('GET /d/x', DOCUMENT) },
    { name: 'denial', send: async () => gate.send('GET /d/x', [`Cookie: ${await gate.signIn('vic', ['visitors'])}`, ...DOCUMENT]) },
  ]) {
    it(`SEC-B13.1, SEC-B13.2 the ${name} in a frame may be framed by the listed hosts, and asks for no password`, async () => {
      const sent = await send();
      expectFrameable(sent);
      expect(sent.body).not.toMatch(/type="?password|<form[^>]*method="?post/i);
    });
  }

  it('SEC-B13.1 the sign-in page is framed by nobody', async () => {
    const sent = await gate.send('GET /_gate/login', ['Accept: text/html']);
    expect(sent.status).toBe(200);
    expectNotFrameable(sent);
    expect(sent.header('x-frame-options')).toMatch(/^deny$/i);
    expect(sent.header('x-content-type-options')).toBe('nosniff');
    expect(sent.header('referrer-policy')).toBe('same-origin');
    expect(sent.header('cross-origin-opener-policy')).toBe('unsafe-none');
    expect(sent.header('x-powered-by')).toBeUndefined();
    expect(sent.header('content-security-policy')).not.toMatch(/unsafe-inline|unsafe-eval/);
  });
});

describe('what the upstream may not say for us', () => {
  it.each([
    'Clear-Site-Data: "cookies"',
    'Strict-Transport-Security: max-age=1',
    'Server: Grafana',
    'X-Powered-By: PHP',
    'Service-Worker-Allowed: /',
  ])('SEC-B4.9, SEC-B3.8 %s is removed', async (line) => {
    gate.upstream.script = replyWith(answerText('200 OK', [line], 'ok'));
    expect((await gate.sendAsAlice('GET /d/x')).header(line.slice(0, line.indexOf(':')))).toBeUndefined();
  });

  it('PRX-22 its other security headers stay', async () => {
    gate.upstream.script = replyWith(
      answerText('200 OK', ['X-Content-Type-Options: nosniff', 'X-Xss-Protection: 1; mode=block', 'X-Custom: 1'], 'ok'),
    );
    const sent = await gate.sendAsAlice('GET /d/x');
    expect([sent.header('x-content-type-options'), sent.header('x-xss-protection'), sent.header('x-custom')]).toEqual([
      'nosniff',
      '1; mode=block',
      '1',
    ]);
  });
});

describe('redirects', () => {
  const redirectTo = async (location: string, status = '302 Found'): Promise<Sent> => {
    gate.upstream.script = replyWith(answerText(status, [`Location: ${location}`]));
    return gate.sendAsAlice('GET /d/x');
  };
  const upstreamOrigin = () => `http://127.0.0.1:${gate.upstream.port}`;

  it('SEC-B4.7, PRX-25 Location at the upstream is rewritten to the public origin', async () => {
    for (const status of ['301 Moved Permanently', '302 Found', '303 See Other', '307 Temporary Redirect', '201 Created']) {
      const sent = await redirectTo(`${upstreamOrigin()}/d/y?z=%2F`, status);
      expect(sent.status).toBe(Number(status.slice(0, 3)));
      expect(new URL(sent.header('location') ?? '', `${gate.origin}/d/x`).href).toBe(`${gate.origin}/d/y?z=%2F`);
    }
  });

  it.each(['/d/y', '/d/y?a=//b', 'y', '?a=1', '/d/y#z'])('PRX-25 Location %s stays', async (location) => {
    const sent = await redirectTo(location);
    expect(new URL(sent.header('location') ?? '', `${gate.origin}/d/x`).href).toBe(new URL(location, `${gate.origin}/d/x`).href);
  });

  it.each([
    'https://evil.test/x',
    '//evil.test/x',
    '/\\evil.test',
    'http:\\\\evil.test',
    'javascript:alert(1)',
    'data:text/html,x',
    '\thttps://evil.test',
  ])('SEC-B4.8 Location %j, at a foreign origin, is answered 502', async (location) => {
    const sent = await redirectTo(location);
    expect(sent.status).toBe(502);
    expect(sent.header('location')).toBeUndefined();
    expect(sent.body).not.toContain('evil.test');
  });

  it('SEC-B4.8 Location at a listed host page passes', async () => {
    const sent = await redirectTo(`${HOST_PAGE}/back?a=1`);
    expect([sent.status, sent.header('location')]).toEqual([302, `${HOST_PAGE}/back?a=1`]);
  });

  it('PRX-25 Content-Location and Refresh at the upstream do not show its address', async () => {
    gate.upstream.script = (_request, socket) =>
      socket.write(answerText('200 OK', [`Content-Location: ${upstreamOrigin()}/d/y`, `Refresh: 5; url=${upstreamOrigin()}/d/z`], 'ok'));
    const sent = await gate.sendAsAlice('GET /d/x');
    expect(JSON.stringify(sent.headers)).not.toContain(String(gate.upstream.port));
  });

  it.each(['GET /d/x', 'GET /'])("PRX-25 %s: the upstream's own sign-in page never reaches the browser", async (line) => {
    const grafana = new TestGate({});
    await grafana.start();
    try {
      grafana.upstream.script = replyWith(
        answerText('302 Found', ['Location: /login?redirectTo=%2Fd%2Fx', 'Set-Cookie: redirect_to=%2F; Path=/']),
      );
      const sent = await grafana.sendAsAlice(line, DOCUMENT);
      expect(sent.status).toBeGreaterThanOrEqual(500);
      expect(sent.header('location')).toBeUndefined();
      expect(sent.header('set-cookie')).toBeUndefined();
    } finally {
      await grafana.close();
    }
  });
});

describe('an answer that cannot be passed on', () => {
  for (const { name, line } of [
    { name: 'obs-text in a value', line: 'X-A: caf\xe9' },
    { name: 'control byte in a value', line: 'X-A: a\x01b' },
    { name: 'folded line', line: 'X-A: b\r\n folded' },
    { name: 'bare CR', line: 'X-A: b\rX-B: c' },
  ]) {
    it(`SEC-B4.10 ${name}: 502`, async () => {
      gate.upstream.script = replyWith(answerText('200 OK', [line], 'ok'));
      expect((await gate.sendAsAlice('GET /d/x')).status).toBe(502);
    });
  }
});
