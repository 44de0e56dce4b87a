// The target that was judged must be the target that is sent. http-proxy turns `/public\..\api` into
// `/public/../api` and `//evil/api` into `/evil/api`; http-proxy-3 resolves `/a/%2e%2e/b` to `/b` after policy ran
// (SEC-F2). Grafana's own history holds the rest (CVE-2021-43798, CVE-2025-3454, CVE-2025-4123). What could be read in
// two ways is refused; all else arrives byte for byte.

import { describe, expect, it } from 'vitest';
import { expectRefused, expectRefusedByGuard, useGate } from '../support/start-gate.ts';

const gate = useGate();

const asRow = (id: string) => (target: string) => ({ id, target });

describe('refused with 400, nothing upstream', () => {
  const rows = [
    ...['http://evil.example/d/x?y=1'].map(asRow('PRX-T1, SEC-B2.5, PRX-1')),
    ...['HTTP://evil.example:81/admin', 'http://p.example/admin'].map(asRow('PRX-T2')),
    ...['https://user:pw@evil.example/d'].map(asRow('PRX-T3, SEC-B22.2')),
    ...['//evil.example/d', '//x@x'].map(asRow('PRX-T4, SEC-N2')),
    ...['///x//y', '/a//b', '/a//', '/a//?x'].map(asRow('PRX-T5')),
    ...['/./a/../admin', '/.', '/..', '/a/.', '/a/..', '/a/./b'].map(asRow('PRX-T6, PRX-3')),
    ...['/%2e%2e/admin', '/x/%2e%2e/admin', '/.%2e/a', '/%2E./a', '/a/%2e'].map(asRow('PRX-T7, PRX-3')),
    ...['/x\\..\\admin'].map(asRow('PRX-T8')),
    ...['/\\evil.example/d'].map(asRow('PRX-T9')),
    ...['/admin%2f', '/admin;x=1'].map(asRow('PRX-T11')),
    ...['/a%2fb', '/a;b=c'].map(asRow('PRX-T13')),
    ...['/a%00b', '/a%23b'].map(asRow('PRX-T14')),
    ...['/a#frag', '#', '/#/d'].map(asRow('PRX-T17')),
    ...['foo', '?q=1', '/caf\xc3\xa9', '/a%0d%0aX: y', '*', 'p.example:443', '/a\tb', '/a\x7fb', '/a\x00b', '/a?b=\xff', '/a?b c'].map(
      asRow('PRX-T20'),
    ),
    ...['/%zz', '/%', '/a%4'].map(asRow('SEC-B1.1')),
    ...['/a%00.png'].map(asRow('SEC-B1.2')),
    ...['/d/caf\xc3\xa9'].map(asRow('SEC-B1.5')),
    ...['/api/admin#/public', '/foo/secret%23/bar'].map(asRow('SEC-P2')),
    ...['/a..%2fb', '/a%5cb', '/a%3bb', '/a%25b', '/a%252fb', '/a%3fb', '/%c0%ae%c0%ae/../x', '/a/%c0%ae%c0%ae/b', '/a%C1%9Cb'].map(
      asRow('SEC-P4'),
    ),
    ...['/api;x=1/admin'].map(asRow('SEC-P6')),
    ...['/api//datasources/proxy/1/x', '/api/datasources/proxy/1//x', '/api/datasources//proxy/1'].map(asRow('SEC-P7')),
    ...[
      '/public/plugins/text/../../../../../../etc/passwd',
      '/public/plugins/text/%2e%2e/%2e%2e/etc/passwd',
      '/public/..%2F%5coast.example%2f%3f/..%2f..',
      '/render/public/..%252f%255Cevil.example%252f%253F%252f..%252f..',
    ].map(asRow('SEC-P11')),
  ];

  for (const { id, target } of rows) {
    it(`${id} GET ${target}`, async () => {
      const sent = await gate.sendAsAlice(`GET ${target}`);
      await expectRefused(gate, sent, 400);
      expect(sent.ending).not.toBe('open');
    });
  }

  it.each(['/a/../b', '/a%2fb', '//evil', '/a;b'])('PRX-1, PRX-3 GET %s is refused before anybody is asked to sign in', async (target) => {
    await expectRefusedByGuard(gate, await gate.send(`GET ${target}`), 400);
  });

  it('PRX-T19 OPTIONS *', async () => {
    await expectRefusedByGuard(gate, await gate.sendAsAlice('OPTIONS *'), 400);
  });

  it('PRX-T20 a target with a space', async () => {
    await expectRefused(gate, await gate.sendAsAlice('GET /a b'), 400);
  });

  it.each(['CONNECT evil.example:443', 'CONNECT /x'])('PRX-T21, PRX-7 %s is refused or the connection closed', async (line) => {
    const sent = await gate.sendAsAlice(line);
    await expectRefused(gate, sent, 0, 400, 405);
    expect(sent.ending).not.toBe('open');
  });

  it.each(['TRACE', 'PROPFIND', 'SEARCH', 'PURGE', 'LINK', 'QUERY', 'get'])('PRX-7, PRX-13 %s is refused', async (method) => {
    const sent = await gate.sendAsAlice(`${method} /d/x`, ['Max-Forwards: 0']);
    await expectRefused(gate, sent, 400, 405);
    expect(sent.ending).not.toBe('open');
  });

  for (const { id, length, statuses } of [
    { id: 'SEC-B1.3, PRX-15', length: 9000, statuses: [414] },
    { id: 'PRX-T22', length: 8193, statuses: [414] },
    { id: 'PRX-T22', length: 20_000, statuses: [431] },
  ]) {
    it(`${id} a target of ${length} bytes`, async () => {
      const sent = await gate.sendAsAlice(`GET /${'a'.repeat(length - 1)}`);
      await expectRefused(gate, sent, ...statuses);
      expect(sent.ending).not.toBe('open');
    });
  }
});

describe('forwarded byte for byte', () => {
  const rows = [
    ...['/', '/d/x', '/d/x/', '/D/X'].map(asRow('PRX-2')),
    ...['/%ff'].map(asRow('PRX-T15')),
    ...['/?a?b=/../', '/a?u=http://x//y', '/a?', '/a??', '/a?a=%zz&b=%', '/a?y=;&z={}|^`"<>'].map(asRow('PRX-T16, SEC-G8')),
    ...['/d/x?var-a=%2F..%2F'].map(asRow('SEC-B1.4')),
    ...['/d/caf%C3%A9', '/d/caf%c3%a9', '/a%20b', '/a+b', '/a:b@c,d=e&f$g!h(i)*', "/a'b", '/a...b', '/..a', '/a../b', '/.a'].map(
      asRow('SEC-B1.6, PRX-2'),
    ),
    ...['/folders?path=a%2Fb', '/api/folders/uid?', `/${'a'.repeat(8191)}`].map(asRow('PRX-2')),
    ...['/?__proto__[x]=1', '/constructor', '/d/__proto__'].map(asRow('SEC-B19.1')),
  ];

  for (const { id, target } of rows) {
    it(`${id} GET ${target}`, async () => {
      expect((await gate.sendAsAlice(`GET ${target}`)).status).toBe(200);
      expect(gate.upstream.onlyRequest.startLine).toBe(`GET ${target} HTTP/1.1`);
    });
  }

  it.each(['/a|b<>"`{}^', '/a|b', '/a^b', '/a[b]'])('PRX-T18 GET %s arrives unchanged or is refused, never changed', async (target) => {
    const sent = await gate.sendAsAlice(`GET ${target}`);
    if (sent.status === 200) expect(gate.upstream.onlyRequest.target).toBe(target);
    else await expectRefused(gate, sent, 400);
  });

  it.each(['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])('PRX-2, PRX-H24, PRX-N6 the target of a %s too', async (method) => {
    const target = '/d/caf%C3%A9/x?u=http://x//y';
    expect((await gate.sendAsAlice(`${method} ${target}`, [gate.ownOrigin])).status).toBe(200);
    expect(gate.upstream.onlyRequest.startLine).toBe(`${method} ${target} HTTP/1.1`);
  });
});

describe('one spelling, one rule', () => {
  it.each(['/login', '/%6cogin', '/%6Cogin', '/LOGIN', '/login/', '/login?x=/public', '/Login/'])(
    "PRX-T10, PRX-T12, SEC-P8 GET %s does not reach the upstream's own sign-in page",
    async (target) => {
      await expectRefused(gate, await gate.sendAsAlice(`GET ${target}`), 302, 303, 400, 403, 404);
    },
  );

  it.each(['/_gate/unknown', '/%5fgate/unknown', '/_%67ate/x', '/_GATE/x', '/_gate', '/_Gate/login'])(
    'SEC-D12.2 GET %s is never forwarded: the reserved prefix is ours in every spelling',
    async (target) => {
      await expectRefused(gate, await gate.sendAsAlice(`GET ${target}`), 400, 404);
    },
  );

  it.each(['GET /%5fgate/unknown', 'GET /_GATE/x', 'POST /_Gate/login', 'GET /%5fgate/%ff'])(
    'SEC-D12.2, PRX-29 %s is answered in our own form, with our own headers',
    async (line) => {
      const sent = await gate.sendAsAlice(line, ['Accept: application/json']);
      expect(sent.status).toBe(404);
      expect(JSON.parse(sent.body)).toMatchObject({ code: 'FRAMEGATE_NOT_FOUND' });
      expect(sent.header('cache-control')).toBe('no-store');
    },
  );

  it.each(['/api/admin?x=/public/a', '/api/admin?/_gate/login', '/d/x?y=/healthz'])(
    'SEC-P1 GET %s without a session: the query opens nothing',
    async (target) => {
      await expectRefused(gate, await gate.send(`GET ${target}`, ['Accept: application/json']), 401);
    },
  );

  it.each(['GoogleHC/1.0', 'kube-probe/1.3', 'ELB-HealthChecker/2.0'])('SEC-H14 User-Agent %s opens nothing', async (agent) => {
    await expectRefused(gate, await gate.send('GET /d/x', [`User-Agent: ${agent}`, 'Accept: */*']), 401);
  });

  it.each(['/healthz', '/readyz', '/metrics', '/admin/api/sessions'])(
    'SEC-H14, SEC-H15 GET %s is not an endpoint of the public listener',
    async (target) => {
      await expectRefused(gate, await gate.send(`GET ${target}`, ['Accept: application/json']), 401, 404);
    },
  );
});
