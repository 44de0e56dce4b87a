// One person's dashboard in a shared cache, or in the browser's cache after signing out; and cache deception: a page
// under a name that ends like a static file (SEC-B17).

import { describe, expect, it } from 'vitest';
import { answerText, replyWith } from '../support/recording-upstream.ts';
import { expectRefused, useGate } from '../support/start-gate.ts';

const gate = useGate();

const HASHED = '/public/build/grafana.app.1f6473bb54b1e1647be8.css';

/** The directives of Cache-Control, and a check that only one line carries them. */
function directivesOf(sent: { all(name: string): string[] }): string[] {
  expect(sent.all('cache-control')).toHaveLength(1);
  return (sent.all('cache-control')[0] ?? '').split(/, */).map((part) => part.toLowerCase());
}

const varyOf = (sent: { header(name: string): string | undefined }): string[] => (sent.header('vary') ?? '').toLowerCase().split(/, */);

const PUBLIC = ['Cache-Control: public, max-age=31536000', 'Content-Type: text/css; charset=utf-8'];

describe('proxied answers', () => {
  for (const { name, headers } of [
    { name: 'HTML', headers: ['Content-Type: text/html; charset=UTF-8'] },
    { name: 'HTML that calls itself public', headers: ['Content-Type: text/html', 'Cache-Control: public, max-age=3600'] },
    { name: 'JSON', headers: ['Content-Type: application/json'] },
    {
      name: 'JSON that calls itself public',
      headers: ['Content-Type: application/json', 'Cache-Control: public, max-age=3600', 'Expires: Fri, 20 Nov 2099 21:45:28 GMT'],
    },
  ]) {
    it(`SEC-B17.1 ${name} is private and not stored`, async () => {
      gate.upstream.script = replyWith(answerText('200 OK', headers, 'ok'));
      const directives = directivesOf(await gate.sendAsAlice('GET /api/x'));
      expect(directives).toContain('no-store');
      expect(directives).not.toContain('public');
    });
  }

  it('SEC-B17.1 anything else is private at least', async () => {
    gate.upstream.script = replyWith(
      answerText('200 OK', ['Cache-Control: public, max-age=3600, s-maxage=9', 'Content-Type: image/svg+xml'], 'ok'),
    );
    const directives = directivesOf(await gate.sendAsAlice('GET /public/img/icon.svg'));
    expect(directives.some((directive) => directive === 'private' || directive === 'no-store')).toBe(true);
    expect(directives.join()).not.toMatch(/public|s-maxage/);
  });

  it('SEC-B17.2 vary by what chose the answer, merged with the upstream Vary', async () => {
    gate.upstream.script = replyWith(answerText('200 OK', ['Vary: Accept-Encoding', 'Vary: cookie', 'Content-Type: text/html'], 'ok'));
    const vary = varyOf(await gate.sendAsAlice('GET /d/x'));
    expect(vary).toEqual(expect.arrayContaining(['accept-encoding', 'cookie', 'origin', 'sec-fetch-site', 'sec-fetch-dest']));
    expect(new Set(vary).size).toBe(vary.length);
  });

  it('SEC-B17.2 Vary: * stays', async () => {
    gate.upstream.script = replyWith(answerText('200 OK', ['Vary: *', 'Content-Type: text/html'], 'ok'));
    expect(varyOf(await gate.sendAsAlice('GET /d/x'))).toContain('*');
  });

  it.each([
    '/d/x.css',
    '/d/x/nonexist.js',
    '/d/public/build/x.1f6473bb54b1e1647be8.css',
    '/api/x.png',
    '/d/x/logo.1f6473bb54b1e1647be8.svg',
  ])('SEC-B17.3 %s is not stored, whatever its name says', async (target) => {
    gate.upstream.script = replyWith(answerText('200 OK', ['Cache-Control: public, max-age=31536000', 'Content-Type: text/html'], 'ok'));
    const directives = directivesOf(await gate.sendAsAlice(`GET ${target}`));
    expect(directives).toContain('no-store');
    expect(directives.join()).not.toMatch(/public|max-age=31536000/);
  });

  it.each(['text/css', 'image/png', 'text/javascript', 'application/octet-stream', ''])(
    'SEC-B17.3 /d/x.css as %j is not stored either',
    async (type) => {
      const lines = ['Cache-Control: public, max-age=31536000', ...(type === '' ? [] : [`Content-Type: ${type}`])];
      gate.upstream.script = replyWith(answerText('200 OK', lines, 'ok'));
      expect(directivesOf(await gate.sendAsAlice('GET /d/x.css'))).toContain('no-store');
    },
  );

  it("SEC-B17.4 a hashed asset keeps the upstream's caching, but private", async () => {
    gate.upstream.script = replyWith(answerText('200 OK', PUBLIC, 'ok'));
    const sent = await gate.sendAsAlice(`GET ${HASHED}`);
    const directives = directivesOf(sent);
    expect(directives).toEqual(expect.arrayContaining(['private', 'max-age=31536000']));
    expect(directives).not.toContain('public');
    expect(directives).not.toContain('no-store');
    expect(varyOf(sent)).not.toContain('cookie');
  });

  it('SEC-B17.4 an error under the name of a hashed asset is not kept', async () => {
    gate.upstream.script = replyWith(
      answerText('404 Not Found', ['Cache-Control: public, max-age=31536000', 'Content-Type: text/html'], 'no'),
    );
    const sent = await gate.sendAsAlice(`GET ${HASHED.replace('app', 'gone')}`);
    expect(sent.status).toBe(404);
    expect(directivesOf(sent).join()).not.toMatch(/public/);
  });

  it('SEC-B17.5 the answer to an origin that is refused varies by Origin all the same', async () => {
    expect(varyOf(await gate.sendAsAlice('GET /api/x', ['Origin: https://evil.test']))).toContain('origin');
  });
});

describe("the gate's own answers", () => {
  for (const { name, headers, target = '/d/x' } of [
    { name: 'a document', headers: ['Accept: text/html', 'Sec-Fetch-Dest: document', 'Sec-Fetch-Mode: navigate'] },
    { name: 'a document in a frame', headers: ['Accept: text/html', 'Sec-Fetch-Dest: iframe', 'Sec-Fetch-Mode: navigate'] },
    { name: 'an API call', headers: ['Accept: application/json', 'Sec-Fetch-Dest: empty'] },
    { name: 'a hashed asset', headers: ['Sec-Fetch-Dest: style'], target: HASHED },
  ]) {
    it(`SEC-B17.6 to ${name} of somebody not signed in is not stored`, async () => {
      const sent = await gate.send(`GET ${target}`, headers);
      await expectRefused(gate, sent, 200, 302, 303, 401);
      expect(directivesOf(sent)).toContain('no-store');
    });
  }

  it.each(['/_gate/login', '/_gate/session', '/_gate/unknown'])('SEC-D4.7 GET %s is not stored', async (target) => {
    expect(directivesOf(await gate.sendAsAlice(`GET ${target}`, ['Accept: text/html']))).toContain('no-store');
  });

  it('SEC-B17.6 a denial is not stored', async () => {
    const cookie = await gate.signIn('vic', ['visitors']);
    const sent = await gate.send('GET /d/x', [`Cookie: ${cookie}`, 'Accept: text/html', 'Sec-Fetch-Dest: iframe']);
    await expectRefused(gate, sent, 403);
    expect(directivesOf(sent)).toContain('no-store');
  });
});
