// Assets from memory: one request upstream for everybody, in the form that the browser accepts.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CLOSING_MS, measureClosing } from '../support/closing-time.ts';
import { RawConnection } from '../support/raw-client.ts';
import { answerText, replyThenEnd, replyThenReset, replyWith } from '../support/recording-upstream.ts';
import { HOST_PAGE, useGate } from '../support/start-gate.ts';
import { BROWSER, decode, LAST_MODIFIED, newAsset, PUBLIC, replyWithAsset, SCRIPT_TYPE, scriptText } from './asset-kit.ts';

const BODY = scriptText(40_000);

describe('an asset from memory', () => {
  const gate = useGate();
  const ask = (path: string, headers: readonly string[] = BROWSER) => gate.sendAsAlice(`GET ${path}`, headers);

  it.each([
    { accepted: 'gzip, deflate, br, zstd', coding: 'br' },
    { accepted: 'gzip', coding: 'gzip' },
    { accepted: 'br;q=0.1, gzip', coding: 'gzip' },
    { accepted: 'br;q=0, gzip;q=0', coding: undefined },
    { accepted: '', coding: undefined },
  ])('comes as $coding for "$accepted", to the first and to the second asker alike', async ({ accepted, coding }) => {
    gate.upstream.script = replyWithAsset(BODY);
    const path = newAsset();
    for (let time = 0; time < 2; time += 1) {
      const sent = await ask(path, [`Accept-Encoding: ${accepted}`]);
      expect([sent.status, sent.complete, sent.header('content-encoding')]).toEqual([200, true, coding]);
      expect(decode(sent)).toBe(BODY);
      expect(sent.header('vary')?.split(', ').toSorted()).toEqual(['Accept-Encoding', 'Origin']);
      if (coding !== undefined) expect(sent.bodyBytes.length).toBeLessThan(BODY.length / 3);
    }
    expect(gate.upstream.onlyRequest.header('accept-encoding')).toBe('identity');
  });

  it('keeps its length, and loses nothing of the headers, where it is sent plain', async () => {
    gate.upstream.script = replyWithAsset(BODY, [
      PUBLIC,
      SCRIPT_TYPE,
      'Accept-Ranges: bytes',
      `Last-Modified: ${LAST_MODIFIED}`,
      'X-Own: 1',
    ]);
    const path = newAsset();
    for (let time = 0; time < 2; time += 1) {
      const sent = await ask(path, []);
      expect(sent.header('content-length')).toBe(String(BODY.length));
      expect(sent.header('accept-ranges')).toBe('bytes');
      expect([sent.header('last-modified'), sent.header('x-own')]).toEqual([LAST_MODIFIED, '1']);
      expect(sent.body).toBe(BODY);
    }
  });

  it('gets the frame, CORS and caching headers of each request (PRX-26, SEC-B17.4, SEC-B17.5)', async () => {
    gate.upstream.script = replyWithAsset(BODY, [PUBLIC, SCRIPT_TYPE, 'X-Frame-Options: deny']);
    const path = newAsset();
    for (const origin of [undefined, HOST_PAGE, 'https://evil.test']) {
      const sent = await ask(path, origin === undefined ? BROWSER : [...BROWSER, `Origin: ${origin}`]);
      expect(sent.header('access-control-allow-origin')).toBe(origin === HOST_PAGE ? HOST_PAGE : undefined);
      expect(sent.header('content-security-policy')).toBe(`frame-ancestors ${HOST_PAGE}`);
      expect(sent.header('cache-control')).toBe('private, max-age=31536000');
      expect(sent.header('x-frame-options')).toBeUndefined();
      expect(sent.header('vary')).not.toMatch(/cookie/i);
    }
    expect(gate.upstream.requests).toHaveLength(1);
  });

  it('is not compressed where that is no use: a font, a short file, no-transform', async () => {
    const cases = [
      { body: BODY, headers: [PUBLIC, 'Content-Type: font/woff2'] },
      { body: scriptText(900), headers: [PUBLIC, SCRIPT_TYPE] },
      { body: BODY, headers: [`${PUBLIC}, no-transform`, SCRIPT_TYPE] },
    ];
    for (const { body, headers } of cases) {
      gate.upstream.script = replyWithAsset(body, headers);
      const path = newAsset();
      for (let time = 0; time < 2; time += 1) {
        const sent = await ask(path);
        expect([sent.header('content-encoding'), sent.body]).toEqual([undefined, body]);
      }
    }
    expect(gate.upstream.requests).toHaveLength(cases.length);
  });

  it('answers HEAD without the upstream', async () => {
    gate.upstream.script = replyWithAsset(BODY);
    const path = newAsset();
    await ask(path, []);
    const sent = await gate.sendAsAlice(`HEAD ${path}`);
    expect([sent.status, sent.header('content-length'), sent.bodyBytes.length]).toEqual([200, String(BODY.length), 0]);
    const coded = await gate.sendAsAlice(`HEAD ${path}`, BROWSER);
    expect([coded.status, coded.header('content-encoding')]).toEqual([200, 'br']);
    expect(gate.upstream.requests).toHaveLength(1);
  });

  it('leaves HEAD of what it does not have, and every other method, to the upstream', async () => {
    gate.upstream.script = replyWithAsset(BODY);
    const path = newAsset();
    await gate.sendAsAlice(`HEAD ${path}`);
    await gate.sendAsAlice(`POST ${path}`, [gate.ownOrigin], 'x');
    await gate.sendAsAlice(`HEAD ${path}`);
    expect(gate.upstream.requests.map(({ method }) => method)).toEqual(['HEAD', 'POST', 'HEAD']);
  });

  it('comes whole from an upstream that does not say its length', async () => {
    const path = newAsset();
    const chunk = `${(20_000).toString(16)}\r\n`;
    gate.upstream.script = replyWith(
      `HTTP/1.1 200 OK\r\n${PUBLIC}\r\n${SCRIPT_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${BODY.slice(0, 20_000)}\r\n${chunk}${BODY.slice(20_000)}\r\n0\r\n\r\n`,
    );
    for (const headers of [BROWSER, [], BROWSER]) expect(decode(await ask(path, headers))).toBe(BODY);
    expect(gate.upstream.requests).toHaveLength(1);
  });

  it('flows on as it arrives', async () => {
    const path = newAsset();
    gate.upstream.script = (_request, socket) => {
      const text = answerText('200 OK', [PUBLIC, SCRIPT_TYPE], BODY);
      socket.write(text.slice(0, 20_000));
      setTimeout(() => socket.write(text.slice(20_000)), 300);
    };
    const browser = await RawConnection.open(gate.port);
    browser.write(gate.aliceText(`GET ${path}`));
    const startedAt = performance.now();
    await browser.waitFor(BODY.slice(5000, 5100));
    expect(performance.now() - startedAt).toBeLessThan(250);
    expect((await browser.answer()).body).toBe(BODY);
    browser.close();
  });

  it('ends as whole as it came: a kept one of 2 MB reaches a slow reader byte for byte', async () => {
    const body = scriptText(2_000_000);
    gate.upstream.script = replyWithAsset(body);
    const path = newAsset();
    for (let time = 0; time < 2; time += 1) {
      const browser = await RawConnection.open(gate.port);
      browser.write(gate.aliceText(`GET ${path}`));
      browser.socket.pause();
      await sleep(50);
      browser.socket.resume();
      const sent = await browser.answer();
      expect(sent.complete && sent.body === body).toBe(true);
      browser.close();
    }
    expect(gate.upstream.requests).toHaveLength(1);
  });
});

describe('conditional requests', () => {
  const gate = useGate();
  const DATED = [PUBLIC, SCRIPT_TYPE, `Last-Modified: ${LAST_MODIFIED}`];
  const ask = (path: string, headers: readonly string[]) => gate.sendAsAlice(`GET ${path}`, [...BROWSER, ...headers]);

  it('are answered by date, also when they are the first', async () => {
    gate.upstream.script = replyWithAsset(BODY, DATED);
    const path = newAsset();
    const since = `If-Modified-Since: ${LAST_MODIFIED}`;
    for (let time = 0; time < 2; time += 1) {
      const sent = await ask(path, [since]);
      expect([sent.status, sent.body, sent.header('content-encoding')]).toEqual([304, '', undefined]);
      expect(sent.header('content-security-policy')).toBe(`frame-ancestors ${HOST_PAGE}`);
      expect(sent.header('vary')).toMatch(/Accept-Encoding/);
    }
    expect((await ask(path, ['If-Modified-Since: Fri, 20 Nov 2020 21:18:31 GMT'])).status).toBe(200);
    expect(gate.upstream.requests).toHaveLength(1);
    expect(gate.upstream.onlyRequest.header('if-modified-since')).toBeUndefined();
  });

  it('are answered by entity tag, of which each coding has its own', async () => {
    gate.upstream.script = replyWithAsset(BODY, [...DATED, 'ETag: "v1"']);
    const path = newAsset();
    const tags: string[] = [];
    for (const coding of ['br', 'gzip', 'identity']) {
      const sent = await gate.sendAsAlice(`GET ${path}`, [`Accept-Encoding: ${coding}`]);
      tags.push(sent.header('etag') ?? '');
      const again = await gate.sendAsAlice(`GET ${path}`, [`Accept-Encoding: ${coding}`, `If-None-Match: "x", ${tags.at(-1)}`]);
      expect([again.status, again.header('etag')]).toEqual([304, tags.at(-1)]);
    }
    expect(tags).toEqual(['W/"v1-br"', 'W/"v1-gzip"', '"v1"']);
    // If-None-Match wins over a date that would match.
    const other = await ask(path, ['If-None-Match: "v0"', `If-Modified-Since: ${LAST_MODIFIED}`]);
    expect([other.status, decode(other)]).toEqual([200, BODY]);
    expect(gate.upstream.requests).toHaveLength(1);
  });

  it('are made by the cache when its time is over: a 304 of the upstream keeps the body, a 200 replaces it', async () => {
    const short = ['Cache-Control: public, max-age=1', SCRIPT_TYPE, 'ETag: "v1"'];
    gate.upstream.script = replyWithAsset(BODY, short);
    const path = newAsset();
    expect(decode(await ask(path, []))).toBe(BODY);
    await sleep(1100);
    gate.upstream.script = replyWith('HTTP/1.1 304 Not Modified\r\nCache-Control: public, max-age=1\r\n\r\n');
    expect(decode(await ask(path, []))).toBe(BODY);
    expect(gate.upstream.requests.at(-1)?.header('if-none-match')).toBe('"v1"');
    expect(decode(await ask(path, []))).toBe(BODY);
    expect(gate.upstream.requests).toHaveLength(2);
    await sleep(1100);
    gate.upstream.script = replyWithAsset(scriptText(40_000, 7), ['Cache-Control: public, max-age=60', SCRIPT_TYPE, 'ETag: "v2"']);
    const sent = await ask(path, ['If-None-Match: W/"v1-br"']);
    expect([sent.status, decode(sent)]).toEqual([200, scriptText(40_000, 7)]);
  });

  it('for a part go to the upstream; one with If-Range gets the whole', async () => {
    gate.upstream.script = replyWithAsset(BODY, DATED);
    const path = newAsset();
    await ask(path, []);
    gate.upstream.script = replyWith(answerText('206 Partial Content', [...DATED, 'Content-Range: bytes 0-3/40000'], BODY.slice(0, 4)));
    const part = await ask(path, ['Range: bytes=0-3']);
    expect([part.status, part.body]).toEqual([206, BODY.slice(0, 4)]);
    const whole = await ask(path, ['Range: bytes=4-', `If-Range: ${LAST_MODIFIED}`]);
    // Nothing that a browser could mend with bytes of the plain form.
    expect([whole.status, decode(whole), whole.header('accept-ranges')]).toEqual([200, BODY, 'none']);
    expect(gate.upstream.requests).toHaveLength(2);
  });
});

describe('what many ask for at the same time', () => {
  const gate = useGate();

  /** Answers in two pieces; the second when it is let go. */
  function replyInTwo(letGo: Promise<void>): void {
    const text = answerText('200 OK', [PUBLIC, SCRIPT_TYPE], BODY);
    gate.upstream.script = (_request, socket) => {
      socket.write(text.slice(0, 9000));
      void letGo.then(() => socket.write(text.slice(9000)));
    };
  }

  async function openMany(count: number, path: string): Promise<RawConnection[]> {
    const browsers = await Promise.all(Array.from({ length: count }, () => RawConnection.open(gate.port)));
    for (const [index, browser] of browsers.entries()) browser.write(gate.aliceText(`GET ${path}`, index % 2 === 0 ? BROWSER : []));
    return browsers;
  }

  it('is asked for once, and comes whole to all 50', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    replyInTwo(promise);
    const browsers = await openMany(50, newAsset());
    await gate.upstream.waitUntil(({ requests }) => requests.length > 0);
    setTimeout(resolve, 50);
    const answers = await Promise.all(browsers.map((browser) => browser.answer()));
    expect(answers.every((answer) => answer.complete && decode(answer) === BODY)).toBe(true);
    expect(gate.upstream.requests).toHaveLength(1);
    for (const browser of browsers) browser.close();
  });

  it('does not end with the one who asked first', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    replyInTwo(promise);
    const path = newAsset();
    const [first] = await openMany(1, path);
    await gate.upstream.waitUntil(({ requests }) => requests.length === 1);
    const others = await openMany(4, path);
    await sleep(50);
    first?.reset();
    await sleep(50);
    resolve();
    for (const other of others) {
      expect(decode(await other.answer())).toBe(BODY);
      other.close();
    }
    expect(gate.upstream.requests).toHaveLength(1);
  });

  it.each(['within the body', 'before the head'])('PRX-31 ends within 100 ms when all have left %s', async (when) => {
    const ms = await measureClosing(async () => {
      gate.upstream.requests.length = 0;
      if (when === 'before the head') gate.upstream.script = () => {};
      else replyInTwo(Promise.withResolvers<void>().promise);
      const browsers = await openMany(3, newAsset());
      await gate.upstream.waitUntil(({ requests }) => requests.length === 1);
      // All three have to have asked by then.
      await sleep(30);
      const cut = (): void => {
        for (const browser of browsers) browser.reset();
      };
      return { watched: gate.upstream.onlyRequest.connection.socket, cut };
    });
    expect(ms).toBeLessThanOrEqual(CLOSING_MS);
  });

  it('PRX-28 fails for all, and is not kept', async () => {
    const path = newAsset();
    gate.upstream.script = (_request, socket) => setTimeout(() => socket.resetAndDestroy(), 50);
    const browsers = await openMany(5, path);
    const statuses = await Promise.all(browsers.map(async (browser) => (await browser.answer()).status));
    expect(new Set(statuses)).toEqual(new Set([502]));
    for (const browser of browsers) browser.close();
    gate.upstream.script = replyWithAsset(BODY);
    expect((await gate.sendAsAlice(`GET ${path}`)).body).toBe(BODY);
  });

  it.each([
    { name: 'FIN', reply: replyThenEnd },
    { name: 'RST', reply: replyThenReset },
  ])('PRX-U16, PRX-U17 is cut for all when the upstream breaks off by $name, and is not kept', async ({ reply }) => {
    const path = newAsset();
    gate.upstream.script = reply(answerText('200 OK', [PUBLIC, SCRIPT_TYPE], BODY).slice(0, 9000));
    const browsers = await openMany(4, path);
    for (const browser of browsers) {
      expect((await browser.answer()).complete).toBe(false);
      browser.close();
    }
    gate.upstream.script = replyWithAsset(BODY);
    const sent = await gate.sendAsAlice(`GET ${path}`, BROWSER);
    expect(decode(sent)).toBe(BODY);
  });

  it('is asked for by each where the answer is not for everybody', async () => {
    gate.upstream.script = (_request, socket) => {
      setTimeout(() => socket.write(answerText('200 OK', ['Cache-Control: private', SCRIPT_TYPE], 'mine')), 30);
    };
    const browsers = await openMany(5, newAsset());
    for (const browser of browsers) {
      expect((await browser.answer()).body).toBe('mine');
      browser.close();
    }
    expect(gate.upstream.requests).toHaveLength(5);
  });
});

describe('the bound of the memory', () => {
  const gate = useGate({ upstream: { assets: { maxMegabytes: 1 } } });
  const ask = (path: string) => gate.sendAsAlice(`GET ${path}`, BROWSER);

  it('lets go what was used least recently', async () => {
    gate.upstream.script = replyWithAsset(scriptText(100_000));
    const [kept, first, ...others] = Array.from({ length: 14 }, () => newAsset());
    await ask(kept ?? '');
    await ask(first ?? '');
    for (const path of others) {
      await ask(path);
      await ask(kept ?? '');
    }
    expect(gate.upstream.requests).toHaveLength(14);
    await ask(kept ?? '');
    expect(gate.upstream.requests).toHaveLength(14);
    await ask(first ?? '');
    expect(gate.upstream.requests).toHaveLength(15);
  });

  it.each(['with its length', 'without'])('streams past it what is larger than an eighth, %s', async (form) => {
    const body = scriptText(300_000);
    const path = newAsset();
    const size = `${body.length.toString(16)}\r\n`;
    gate.upstream.script =
      form === 'without'
        ? replyWith(`HTTP/1.1 200 OK\r\n${PUBLIC}\r\n${SCRIPT_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n${size}${body}\r\n0\r\n\r\n`)
        : replyWithAsset(body);
    for (let time = 0; time < 2; time += 1) {
      const sent = await ask(path);
      expect(sent.complete && decode(sent) === body).toBe(true);
    }
    expect(gate.upstream.requests).toHaveLength(2);
  });
});

describe('switched off', () => {
  const plain = useGate({ upstream: { assets: { compress: false } } });
  const off = useGate({ upstream: { assets: { cache: false } } });

  it('compress: false keeps and sends the plain form', async () => {
    plain.upstream.script = replyWithAsset(BODY);
    const path = newAsset();
    for (let time = 0; time < 2; time += 1) {
      const sent = await plain.sendAsAlice(`GET ${path}`, BROWSER);
      expect([sent.header('content-encoding'), sent.body]).toEqual([undefined, BODY]);
    }
    expect(plain.upstream.requests).toHaveLength(1);
  });

  it('cache: false asks every time, as the browser asked', async () => {
    off.upstream.script = replyWithAsset(BODY);
    const path = newAsset();
    for (let time = 0; time < 2; time += 1) expect((await off.sendAsAlice(`GET ${path}`, BROWSER)).body).toBe(BODY);
    expect(off.upstream.requests.map((request) => request.header('accept-encoding'))).toEqual(Array(2).fill('gzip, deflate, br, zstd'));
  });
});
