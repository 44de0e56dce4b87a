// What one person's request put into memory must open nothing for another: the policy is asked first, what is somebody's
// is never kept, and nothing that a browser says chooses what others get (cache poisoning, cache deception; SEC-B17).

import { describe, expect, it } from 'vitest';
import { BROWSER, decode, newAsset, PUBLIC, replyWithAsset, SCRIPT_TYPE, scriptText } from '../proxy/asset-kit.ts';
import { answerText, replyWith } from '../support/recording-upstream.ts';
import { expectRefused, useGate } from '../support/start-gate.ts';

const gate = useGate();
const BODY = scriptText(5000);

describe('the policy is asked before the memory', () => {
  async function keepOne(): Promise<string> {
    gate.upstream.script = replyWithAsset(BODY);
    const path = newAsset();
    expect(decode(await gate.sendAsAlice(`GET ${path}`, BROWSER))).toBe(BODY);
    gate.upstream.clear();
    return path;
  }

  it('SEC-B17.6 somebody not signed in gets nothing of a kept asset', async () => {
    const path = await keepOne();
    for (const method of ['GET', 'HEAD']) {
      const sent = await gate.send(`${method} ${path}`, BROWSER);
      await expectRefused(gate, sent, 401);
      expect(sent.header('cache-control')).toBe('no-store');
      expect(sent.body).not.toContain(BODY.slice(0, 50));
    }
  });

  it('SEC-B17.6 somebody whom no rule lets in gets nothing either, not even a 304', async () => {
    const path = await keepOne();
    const cookie = await gate.signIn('vic', ['visitors']);
    for (const extra of [[], ['If-None-Match: *']])
      await expectRefused(gate, await gate.send(`GET ${path}`, [`Cookie: ${cookie}`, ...BROWSER, ...extra]), 403);
  });

  it('SEC-B17.6 nor somebody who has signed out', async () => {
    const path = await keepOne();
    const cookie = await gate.signIn('otto', ['operators']);
    const headers = [`Cookie: ${cookie}`, ...BROWSER];
    expect((await gate.send(`GET ${path}`, headers)).status).toBe(200);
    await gate.send('POST /_gate/logout', [`Cookie: ${cookie}`, gate.ownOrigin], '');
    await expectRefused(gate, await gate.send(`GET ${path}`, headers), 401);
  });

  it('SEC-P4 nor does a path that the guard refuses, though its plain form is kept', async () => {
    const path = await keepOne();
    await expectRefused(gate, await gate.sendAsAlice(`GET /public/../${path.slice(1)}`, BROWSER), 400);
  });
});

describe('never kept', () => {
  const PRIVATE: { name: string; status?: string; headers: string[] }[] = [
    { name: 'an answer with Set-Cookie', headers: [PUBLIC, SCRIPT_TYPE, 'Set-Cookie: a=b'] },
    { name: 'private', headers: ['Cache-Control: private, max-age=60', SCRIPT_TYPE] },
    { name: 'public and private', headers: ['Cache-Control: public, max-age=60', 'Cache-Control: private', SCRIPT_TYPE] },
    { name: 'no-store', headers: ['Cache-Control: public, max-age=60, no-store', SCRIPT_TYPE] },
    { name: 'no-cache', headers: ['Cache-Control: public, max-age=60, no-cache', SCRIPT_TYPE] },
    { name: 'not called public', headers: ['Cache-Control: max-age=60', SCRIPT_TYPE] },
    { name: 'max-age=0', headers: ['Cache-Control: public, max-age=0', SCRIPT_TYPE] },
    { name: 'older than its max-age', headers: ['Cache-Control: public, max-age=60', 'Age: 60', SCRIPT_TYPE] },
    { name: 'without Cache-Control', headers: [SCRIPT_TYPE] },
    { name: 'Vary: Cookie', headers: [PUBLIC, SCRIPT_TYPE, 'Vary: Accept-Encoding, Cookie'] },
    { name: 'Vary: *', headers: [PUBLIC, SCRIPT_TYPE, 'Vary: *'] },
    { name: 'coded by the upstream', headers: [PUBLIC, SCRIPT_TYPE, 'Content-Encoding: gzip'] },
    { name: 'a page under the name of an asset (SEC-B17.3)', headers: [PUBLIC, 'Content-Type: text/html; charset=UTF-8'] },
    ...['203 X', '206 X', '301 X', '404 Not Found', '410 Gone', '500 X', '503 X'].map((status) => ({
      name: `status ${status}`,
      status,
      headers: [PUBLIC, SCRIPT_TYPE],
    })),
  ];
  for (const { name, status = '200 OK', headers } of PRIVATE) {
    it(`SEC-B17.4 ${name}: each asker gets an answer of the upstream`, async () => {
      const path = newAsset();
      for (const login of ['anna', 'bert']) {
        const cookie = await gate.signIn(login, ['operators']);
        gate.upstream.clear();
        gate.upstream.script = replyWith(answerText(status, headers, `for ${login}`.padEnd(2000)));
        const sent = await gate.send(`GET ${path}`, [`Cookie: ${cookie}`, ...BROWSER]);
        expect(sent.body.trim()).toBe(`for ${login}`);
        expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual([login]);
      }
    });
  }
});

describe('what all get is chosen by nobody', () => {
  it('SEC-B17.2 the request for everybody carries no header of a browser', async () => {
    gate.upstream.script = replyWithAsset(BODY);
    await gate.sendAsAlice(`GET ${newAsset()}`, [
      ...BROWSER,
      'X-Host-Override: evil.test',
      'Accept: application/evil',
      'Accept-Language: de',
      'User-Agent: evil',
      'Referer: https://evil.test/',
      'If-None-Match: "x"',
      'X-Forwarded-Host: evil.test',
    ]);
    const names = gate.upstream.onlyRequest.headers.map(([name]) => name.toLowerCase());
    const identity = names.filter((name) => name.startsWith('x-webauth-'));
    const rest = names.filter((name) => !name.startsWith('x-webauth-') && !name.startsWith('x-forwarded-'));
    expect(rest.toSorted()).toEqual(['accept-encoding', 'connection', 'host', 'via', 'x-real-ip'].filter((name) => names.includes(name)));
    expect(identity).toContain('x-webauth-user');
    expect(gate.upstream.onlyRequest.header('x-forwarded-host')).toBe(`localhost:${gate.port}`);
  });

  it('SEC-B17.3 another query, another letter case, another file', async () => {
    const path = newAsset();
    for (const target of [path, `${path}?x=1`, `${path}?x=2`, path.toUpperCase().replace('/PUBLIC', '/public')]) {
      gate.upstream.script = replyWithAsset(target.padEnd(1500));
      for (let time = 0; time < 2; time += 1) expect(decode(await gate.sendAsAlice(`GET ${target}`, BROWSER)).trim()).toBe(target);
    }
    // What has a query is asked for each time.
    expect(gate.upstream.requests).toHaveLength(6);
  });
});
