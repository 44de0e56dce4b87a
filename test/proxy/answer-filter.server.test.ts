// Answers that hold what not everybody may see, on their way to somebody who may see a part: cut down, or not shown at all.

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { answerText, replyWith, type Script } from '../support/recording-upstream.ts';
import { type Sent, useGate } from '../support/start-gate.ts';

const gate = useGate({
  upstream: { timeouts: { connect: '1s', firstByte: '2s', idle: '200ms' } },
  config: {
    access: {
      rules: [
        { name: 'a', who: { groups: ['operators'] }, may: ['view'], on: { dashboards: ['plant-a'], dataSources: ['prom'] } },
        { name: 'all', who: { groups: ['experts'] }, may: ['everything'] },
      ],
    },
  },
});

const SOURCES = {
  Prom: { uid: 'prom', type: 'prometheus', url: '/api/datasources/proxy/uid/prom', basicAuth: 'Basic c2VjcmV0' },
  Secret: { uid: 'secret', type: 'influxdb', directUrl: 'http://10.0.0.9:8086', username: 'root', password: 'hunter2' },
};
const SETTINGS = { datasources: SOURCES, defaultDatasource: 'Secret', appUrl: 'https://dash.example.com/' };
const NAV = [{ id: 'starred', children: [{ url: '/d/plant-a/x' }, { url: '/d/plant-b/x' }] }];
const HITS = ['plant-a', 'plant-b'].map((uid) => ({ uid, type: 'dash-db', title: `title of ${uid}` }));
const PAGE = `<!DOCTYPE html><html><head><script nonce="n1">window.grafanaBootData = { user: {"login":"x"}, settings: ${JSON.stringify(SETTINGS)}, navTree: ${JSON.stringify(NAV)} };</script></head><body>\xfcmlaut</body></html>`;
const LEAKS = /hunter2|c2VjcmV0|10\.0\.0\.9|plant-b/;

const json = (value: unknown, headers: readonly string[] = []): Script =>
  replyWith(answerText('200 OK', ['Content-Type: application/json', ...headers], JSON.stringify(value)));
const html = (page: string, headers: readonly string[] = []): Script =>
  replyWith(answerText('200 OK', ['Content-Type: text/html; charset=UTF-8', ...headers], Buffer.from(page).toString('latin1')));

async function get(script: Script, path: string, headers: readonly string[] = [], method = 'GET'): Promise<Sent> {
  gate.upstream.clear();
  gate.upstream.script = script;
  return gate.sendAsAlice(`${method} ${path}`, headers);
}

async function asExpert(script: Script, path: string): Promise<Sent> {
  const cookie = await gate.signIn('erin', ['experts']);
  gate.upstream.clear();
  gate.upstream.script = script;
  return gate.send(`GET ${path}`, [`Cookie: ${cookie}`]);
}

describe('the settings of a page', () => {
  it('SEC-P9 name only the data sources that the person may query, and no credentials', async () => {
    const sent = await get(json(SETTINGS, ['ETag: "1"', 'Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT']), '/api/frontend/settings');
    expect(sent.status).toBe(200);
    const settings = JSON.parse(sent.body) as typeof SETTINGS;
    expect(Object.keys(settings.datasources)).toEqual(['Prom']);
    expect(settings.defaultDatasource).toBe('Prom');
    expect(sent.body).not.toMatch(LEAKS);
    expect([sent.header('etag'), sent.header('last-modified'), sent.header('cache-control')]).toEqual([undefined, undefined, 'no-store']);
    expect(sent.header('content-length')).toBe(String(sent.bodyBytes.length));
  });

  it('SEC-P9 hold no credentials for somebody who may do everything, either', async () => {
    const sent = await asExpert(json(SETTINGS), '/api/frontend/settings');
    expect(Object.keys((JSON.parse(sent.body) as typeof SETTINGS).datasources)).toEqual(['Prom', 'Secret']);
    expect(sent.body).not.toMatch(LEAKS);
  });

  it('SEC-P9 are cut down in the page itself, and the storage stand-in still comes first', async () => {
    const headers = ["Content-Security-Policy: script-src 'nonce-n1'", 'ETag: "1"'];
    const sent = await get(html(PAGE, headers), '/d/plant-a/x', ['Sec-Fetch-Dest: iframe', 'Range: bytes=0-10', 'If-None-Match: "1"']);
    expect(sent.status).toBe(200);
    const page = sent.bodyBytes.toString('utf8');
    expect(page).toMatch(
      /^<!DOCTYPE html><html><head><script src="\/_gate\/storage\.js[^>]* nonce="n1"[^>]*><\/script><script nonce="n1">/,
    );
    expect(page).toContain('\xfcmlaut');
    expect(page).toContain('plant-a');
    expect(page).not.toMatch(LEAKS);
    expect([sent.header('etag'), sent.header('content-encoding'), sent.complete]).toEqual([undefined, undefined, true]);
    const { onlyRequest } = gate.upstream;
    expect(onlyRequest.header('accept-encoding')).toBe('identity');
    for (const name of ['range', 'if-none-match']) expect(onlyRequest.header(name), name).toBeUndefined();
  });

  it('SEC-P9 are cut down in a page that no browser asked for as a document', async () => {
    const sent = await get(html(PAGE), '/d-solo/plant-a/x?panelId=2');
    expect(sent.body).toContain('plant-a');
    expect(sent.body).not.toMatch(LEAKS);
    const guessed = await get(replyWith(answerText('200 OK', [], PAGE.replace('\xfc', 'u'))), '/d/plant-a/x');
    expect(guessed.body).not.toMatch(LEAKS);
  });

  it('SEC-P9 are cut down in the page that a missing static file is answered with', async () => {
    const missing = Buffer.from(PAGE).toString('latin1');
    const sent = await get(
      replyWith(answerText('404 Not Found', ['Content-Type: text/html; charset=UTF-8'], missing)),
      '/public/nowhere.js',
    );
    expect(sent.status).toBe(404);
    expect(sent.body).toContain('plant-a');
    expect(sent.body).not.toMatch(LEAKS);
  });

  it('SEC-P9 are looked for in no static file: it comes compressed, in parts, or not at all', async () => {
    const headers = ['Accept-Encoding: gzip', 'Range: bytes=0-10', 'If-None-Match: "1"'];
    const script = ['Content-Type: text/javascript', 'ETag: "1"', 'Cache-Control: public, max-age=60'];
    const part = await get(
      replyWith(answerText('206 Partial Content', [...script, 'Content-Range: bytes 0-1/9'], 'ab')),
      '/public/a.js',
      headers,
    );
    expect([part.status, part.body, part.header('etag')]).toEqual([206, 'ab', '"1"']);
    const { onlyRequest } = gate.upstream;
    for (const name of ['range', 'if-none-match']) expect(onlyRequest.header(name), name).toBeDefined();
    expect(onlyRequest.header('accept-encoding')).not.toBe('identity');
    const same = await get(
      replyWith('HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nCache-Control: public, max-age=60\r\n\r\n'),
      '/public/b.js',
      headers,
    );
    expect([same.status, same.header('etag'), same.header('cache-control')]).toEqual([304, '"1"', 'private, max-age=60']);
  });

  it('SEC-P9 do not come by an upgrade that the upstream answers like a request', async () => {
    const upgrade = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    const sent = await get(json(SETTINGS), '/api/frontend/settings', [gate.ownOrigin, ...upgrade]);
    expect([sent.status, sent.body]).toEqual([200, '']);
  });
});

describe('lists', () => {
  it('SEC-P9 hold the dashboards that the person may see', async () => {
    const sent = await get(json(HITS), '/api/search?query=');
    expect(JSON.parse(sent.body)).toEqual([HITS[0]]);
    const expert = await asExpert(json(HITS), '/api/search?query=');
    expect(JSON.parse(expert.body)).toEqual(HITS);
  });

  it("PRX-28 keep the upstream's errors as they are", async () => {
    const message = '{"message":"Search failed"}';
    const sent = await get(replyWith(answerText('500 X', ['Content-Type: application/json'], message)), '/api/search');
    expect([sent.status, sent.body]).toEqual([500, message]);
  });
});

describe('an answer to be cut down', () => {
  const text = JSON.stringify(HITS);
  const coded = (coding: string, body: Buffer): Script =>
    replyWith(answerText('200 OK', ['Content-Type: application/json', `Content-Encoding: ${coding}`], body.toString('latin1')));

  it.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', Buffer.from(text)],
  ])('SEC-P9 is unpacked where it comes as %s all the same', async (coding, body) => {
    const sent = await get(coded(coding, body), '/api/search', ['Accept-Encoding: gzip, br']);
    expect(JSON.parse(sent.body)).toEqual([HITS[0]]);
    expect(sent.header('content-encoding')).toBeUndefined();
  });

  it.each([
    ['of an unknown coding', coded('zstd', Buffer.from('x'))],
    ['of two codings', coded('gzip, br', gzipSync(text))],
    ['broken', coded('gzip', gzipSync(text).subarray(0, 30))],
    ['that unpacks to more than 8 MiB', coded('gzip', gzipSync(Buffer.alloc(9 * 1024 * 1024, ' ')))],
    ['of more than 8 MiB', json(['x'.repeat(8 * 1024 * 1024)])],
    ['that is no JSON', replyWith(answerText('200 OK', ['Content-Type: application/json'], 'plant-b'))],
    ['that is no list', json({ hits: HITS })],
    ['that is empty', replyWith(answerText('200 OK', ['Content-Type: application/json']))],
    ['of another character set', replyWith(answerText('200 OK', ['Content-Type: application/json; charset=utf-16'], text))],
    ['that is no UTF-8', replyWith(answerText('200 OK', ['Content-Type: application/json'], '["plant-b\xff"]'))],
    ['in part', replyWith(answerText('206 Partial', ['Content-Type: application/json', 'Content-Range: bytes 0-1/9'], text))],
    [
      'cut short',
      ((_request, socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n[]')) as Script,
    ],
    ['whose rest does not come', replyWith('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n["plant-b"')],
  ])('SEC-P9 is 502 %s, and nothing of it is shown', async (_name, script) => {
    const sent = await get(script, '/api/search');
    expect(sent.status).toBe(502);
    expect(sent.body).not.toContain('plant-b');
    expect(sent.header('etag')).toBeUndefined();
  });

  it('SEC-P9 is 502 where the boot data has an unknown form', async () => {
    for (const page of [PAGE.replace('user:', 'owner:'), PAGE.replace('settings:', 'config:'), PAGE + PAGE]) {
      const sent = await get(html(page), '/d/plant-a/x', ['Sec-Fetch-Dest: document']);
      expect([sent.status, LEAKS.test(sent.body)]).toEqual([502, false]);
    }
  });

  it('SEC-P9 tells neither its length nor its tag to HEAD', async () => {
    const head: Script = replyWith('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\nETag: "1"\r\n\r\n');
    const sent = await get(head, '/api/search', [], 'HEAD');
    expect(sent.status).toBe(200);
    expect([sent.header('content-length'), sent.header('etag'), sent.body]).toEqual([undefined, undefined, '']);
  });

  it.each(['204 No Content', '304 Not Modified'])('PRX-26 passes as %s without a body', async (status) => {
    const sent = await get(replyWith(`HTTP/1.1 ${status}\r\nETag: "1"\r\n\r\n`), '/api/search');
    expect([sent.status, sent.body, sent.header('etag')]).toEqual([Number(status.slice(0, 3)), '', undefined]);
  });

  it('PRX-26 passes as a redirect, and its body only where that says nothing', async () => {
    const sent = await get(
      replyWith(answerText('302 Found', ['Location: /d/plant-a/x', 'Content-Type: application/json'], text)),
      '/api/search',
    );
    expect([sent.status, sent.header('location'), JSON.parse(sent.body)]).toEqual([302, '/d/plant-a/x', [HITS[0]]]);
    const other = await get(replyWith(answerText('302 Found', ['Location: /d/plant-a/x'], 'plant-b')), '/api/search');
    expect([other.status, other.body]).toEqual([302, '']);
  });

  it('PRX-26 arrives whole where the upstream sends it in chunks', async () => {
    const chunks = [text.slice(0, 20), text.slice(20)].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const sent = await get(replyWith(`${head}${chunks}0\r\n\r\n`), '/api/search');
    expect(JSON.parse(sent.body)).toEqual([HITS[0]]);
  });

  it('SEC-D7 is not shown any more once the session has ended', async () => {
    const cookie = await gate.signIn('olga', ['operators']);
    gate.upstream.clear();
    let finish = (): void => {};
    gate.upstream.script = (_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n[`);
      finish = () => socket.write(text.slice(1));
    };
    const pending = gate.send('GET /api/search', [`Cookie: ${cookie}`]);
    await gate.upstream.waitUntil(({ requests }) => requests.length === 1);
    await gate.send('POST /_gate/logout', [`Cookie: ${cookie}`, gate.ownOrigin]);
    finish();
    const sent = await pending;
    expect([sent.status === 200, sent.body.includes('plant-a')]).toEqual([false, false]);
  });
});

describe('what is no page', () => {
  it('PRX-17 streams under the path of a page', async () => {
    const expert = await gate.signIn('erin', ['experts']);
    gate.upstream.clear();
    gate.upstream.script = replyWith(
      answerText('200 OK', ['Content-Type: application/octet-stream', 'ETag: "1"'], '\x00\xffgrafanaBootData = '),
    );
    const sent = await gate.send('GET /some/download', [`Cookie: ${expert}`]);
    expect([sent.status, sent.body, sent.header('etag')]).toEqual([200, '\x00\xffgrafanaBootData = ', '"1"']);
  });
});
