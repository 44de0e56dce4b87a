// A request that names in its body what it is about: nothing goes upstream before the body has been judged, and what goes
// is byte for byte what was judged.

import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { expectRefused, type Sent, useGate } from '../support/start-gate.ts';

const gate = useGate({
  config: {
    access: {
      rules: [
        { name: 'prom alone', who: { groups: ['operators'] }, may: ['view'], on: { dataSources: ['prom'] } },
        { name: 'all', who: { groups: ['experts'] }, may: ['everything'] },
      ],
    },
  },
});

const JSON_TYPE = 'Content-Type: application/json';
const queryOf = (uid: string): string => `{ "queries": [{"refId":"A", "datasource": {"uid":"${uid}"}}],\n "from":"now-1h" }`;

const query = (body: string, headers: readonly string[] = [JSON_TYPE]): Promise<Sent> =>
  gate.sendAsAlice('POST /api/ds/query?ds_type=prometheus', [gate.ownOrigin, ...headers], body);

describe('a body that names its data source', () => {
  it('SEC-P9 is forwarded byte for byte where the rules grant what it names', async () => {
    const body = queryOf('prom');
    const sent = await query(body, ['Content-Type: application/json; charset=utf-8']);
    expect(sent.status).toBe(200);
    const { onlyRequest } = gate.upstream;
    expect(onlyRequest.body.toString('latin1')).toBe(body);
    expect(onlyRequest.all('content-length')).toEqual([String(body.length)]);
  });

  it('SEC-P9 is 403 where they do not, and nothing goes upstream', async () => {
    for (const uid of ['secret', 'PROM', 'prom ', '*']) await expectRefused(gate, await query(queryOf(uid)), 403);
    await expectRefused(gate, await query(''), 403);
  });

  it.each([
    ['no JSON', 'queries=prom', 400],
    ['an equal key twice', '{"queries":[{"datasource":{"uid":"prom"},"datasource":{"uid":"secret"}}]}', 400],
    ['another spelling of a key', '{"queries":[{"datasource":{"uid":"prom"},"Datasource":{"uid":"secret"}}]}', 400],
    ['a second value behind the first', `${queryOf('prom')}${queryOf('secret')}`, 400],
    ['no UTF-8', '{"queries":[{"datasource":{"uid":"prom\xff"}}]}', 400],
    ['deep nesting', `{"queries":${'['.repeat(5000)}${']'.repeat(5000)}}`, 400],
  ])('SEC-P10 with %s is refused for everybody', async (_name, body, status) => {
    const expert = await gate.signIn('erin', ['experts']);
    gate.upstream.clear();
    await expectRefused(gate, await query(body), status);
    await expectRefused(gate, await gate.send('POST /api/ds/query', [`Cookie: ${expert}`, gate.ownOrigin, JSON_TYPE], body), status);
  });

  it.each([['Content-Type: text/plain'], ['Content-Type: application/x-www-form-urlencoded'], ['Content-Encoding: gzip']])(
    'SEC-P10 with %s is 415',
    async (header) => {
      const headers = header.startsWith('Content-Type') ? [header] : [JSON_TYPE, header];
      await expectRefused(gate, await query(queryOf('prom'), headers), 415);
    },
  );

  it('PRX-14 in chunks goes upstream with its length', async () => {
    const body = queryOf('prom');
    const chunks = [body.slice(0, 7), body.slice(7)].map((part) => `${part.length.toString(16)};x=y\r\n${part}\r\n`).join('');
    const sent = await gate.sendAsAlice(
      'POST /api/ds/query',
      [gate.ownOrigin, JSON_TYPE, 'Transfer-Encoding: chunked', 'Trailer: X-WEBAUTH-USER'],
      `${chunks}0\r\nX-WEBAUTH-USER: admin\r\n\r\n`,
    );
    expect(sent.status).toBe(200);
    const { onlyRequest } = gate.upstream;
    expect(onlyRequest.all('content-length')).toEqual([String(body.length)]);
    expect(onlyRequest.all('transfer-encoding')).toEqual([]);
    expect(onlyRequest.all('x-webauth-user')).toEqual(['alice']);
    expect(onlyRequest.body.toString('latin1')).toBe(body);
  });

  it('SEC-B7.6 of 1 MiB passes, of one byte more is 413', async () => {
    const fill = (size: number): string => queryOf('prom') + ' '.repeat(size - queryOf('prom').length);
    expect((await query(fill(1024 * 1024))).status).toBe(200);
    expect(gate.upstream.onlyRequest.body.length).toBe(1024 * 1024);
    gate.upstream.clear();
    await expectRefused(gate, await query(fill(1024 * 1024 + 1)), 413);
  });

  it('SEC-B7.6 of 100 MB is 413 as soon as that is known, whatever its framing, and is not kept', async () => {
    const length = 100 * 1024 * 1024;
    await expectRefused(gate, await query('{', [JSON_TYPE, `Content-Length: ${length}`]), 413);
    const browser = await RawConnection.open(gate.port);
    browser.write(gate.aliceText('POST /api/ds/query', [gate.ownOrigin, JSON_TYPE, 'Transfer-Encoding: chunked']));
    const before = process.memoryUsage();
    const piece = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, ' '), Buffer.from('\r\n')]);
    let sentBytes = 0;
    while (browser.ending === 'open' && !browser.pending.includes('\r\n\r\n') && sentBytes < length) {
      browser.write(piece);
      sentBytes += piece.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const answer = await browser.answer('POST');
    expect(answer.status).toBe(413);
    expect(sentBytes).toBeLessThan(length / 2);
    const { arrayBuffers } = process.memoryUsage();
    expect(arrayBuffers - before.arrayBuffers).toBeLessThan(32 * 1024 * 1024);
    expect(await gate.upstream.allBytes()).toBe('');
    browser.close();
  });

  it('PRX-36 that its browser does not finish goes nowhere', async () => {
    const browser = await RawConnection.open(gate.port);
    browser.write(gate.aliceText('POST /api/ds/query', [gate.ownOrigin, JSON_TYPE, 'Content-Length: 500'], '{"queries":'));
    browser.close();
    await browser.waitForEnd();
    expect(await gate.upstream.allBytes(50)).toBe('');
  });

  it('PRX-39 leaves the connection to the upstream for the next request', async () => {
    const sockets = new Set<unknown>();
    for (let turn = 0; turn < 3; turn += 1) {
      gate.upstream.clear();
      expect((await query(queryOf('prom'))).status).toBe(200);
      sockets.add(gate.upstream.onlyRequest.connection.socket);
    }
    expect(sockets.size).toBe(1);
  });
});

describe('every other body', () => {
  it('PRX-22 is streamed: the upstream has its first bytes before the browser has sent the last', async () => {
    const expert = await gate.signIn('erin', ['experts']);
    gate.upstream.clear();
    const browser = await RawConnection.open(gate.port);
    browser.write(gate.text('POST /api/plugins/app/resources/x', [`Cookie: ${expert}`, gate.ownOrigin, 'Content-Length: 10'], 'first'));
    const arrived = await gate.upstream.waitUntil(({ connections }) =>
      connections.some(({ bytes }) => bytes.toString('latin1').endsWith('\r\n\r\nfirst')),
    );
    expect(arrived).toBe(true);
    browser.write('after');
    expect((await browser.answer('POST')).status).toBe(200);
    browser.close();
  });
});
