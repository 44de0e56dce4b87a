// The popup: a window of its own signs in, and the frame redeems the one-time code that the window hands over.

import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Answer } from './own-routes-kit.ts';
import { FORM, JSON_BODY, NAVIGATION, PUBLIC, readCookies, readForm, SAME_ORIGIN, startKit, WANTS_JSON } from './own-routes-kit.ts';

const kit = startKit();

function makeVerifier(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

const readCode = ({ text }: Answer): string => /data-code="([^"]+)"/.exec(text)?.[1] ?? '';

function redeem(code: string, verifier: string, headers = {}): Promise<Answer> {
  const body = JSON.stringify({ code, verifier });
  return kit.ask({ method: 'POST', path: '/_gate/redeem', headers: { ...JSON_BODY, ...SAME_ORIGIN, ...headers }, body });
}

async function continueAs(cookie: string, challenge: string, fields = {}): Promise<Answer> {
  const page = await kit.ask({ path: `/_gate/login?challenge=${challenge}`, headers: { ...NAVIGATION, Cookie: cookie } });
  const body = new URLSearchParams({ ...readForm(page.text), ...fields }).toString();
  const headers = {
    ...FORM,
    ...NAVIGATION,
    ...SAME_ORIGIN,
    Cookie: `${cookie.split('; ').find((pair) => pair.startsWith('__Host-framegate='))}; ${readCookies(page)}`,
  };
  return kit.ask({ method: 'POST', path: '/_gate/login', headers, body });
}

describe('SEC-C5 the popup', () => {
  it('answers a sign-in with a page that posts the code to our own origin', async () => {
    const { challenge } = makeVerifier();
    const answer = await kit.signIn({}, `?challenge=${challenge}`);
    expect(answer.status).toBe(200);
    expect(readCode(answer)).toMatch(/^[\w-]{43}$/);
    expect(answer.text).toContain(`data-origin="${PUBLIC}"`);
    expect(answer.headers['x-frame-options']).toBe('DENY');
  });

  it('gives the frame a session of its own for the code and its verifier', async () => {
    const { verifier, challenge } = makeVerifier();
    const answer = await redeem(readCode(await kit.signIn({}, `?challenge=${challenge}`)), verifier);
    expect(answer.status).toBe(204);
    const session = await kit.ask({ path: '/_gate/session', headers: { ...WANTS_JSON, Cookie: readCookies(answer) } });
    expect(JSON.parse(session.text)).toMatchObject({ login: 'alice', method: 'password' });
  });

  it('keeps the challenge through a wrong password', async () => {
    const { challenge } = makeVerifier();
    const answer = await kit.signIn({ password: 'wrong' }, `?challenge=${challenge}`);
    expect(readForm(answer.text).challenge).toBe(challenge);
  });

  it('does not sign the frame in twice with one code', async () => {
    const { verifier, challenge } = makeVerifier();
    const code = readCode(await kit.signIn({}, `?challenge=${challenge}`));
    await redeem(code, verifier);
    const again = await redeem(code, verifier, WANTS_JSON);
    expect(again.status).toBe(401);
    expect(JSON.parse(again.text).code).toBe('FRAMEGATE_CODE_REFUSED');
    expect(readCookies(again)).toBe('');
  });

  it('does not sign in with the verifier of another frame, nor with that frame gone a minute', async () => {
    const { verifier, challenge } = makeVerifier();
    const stolen = readCode(await kit.signIn({}, `?challenge=${challenge}`));
    expect((await redeem(stolen, makeVerifier().verifier)).status).toBe(401);
    const late = readCode(await kit.signIn({}, `?challenge=${challenge}`));
    kit.clock.nowMs += 61_000;
    expect((await redeem(late, verifier)).status).toBe(401);
  });

  it('ends the session of the frame when the session of the window ends', async () => {
    const { verifier, challenge } = makeVerifier();
    const startedAtMs = kit.clock.nowMs;
    const cookie = readCookies(await kit.signIn());
    kit.clock.nowMs += 60_000;
    const redeemed = await redeem(readCode(await continueAs(cookie, challenge)), verifier, WANTS_JSON);
    expect(JSON.parse(redeemed.text)).toEqual({ ok: true, endsAt: new Date(startedAtMs + 28_800_000).toISOString() });
  });

  it('SEC-R9 signs the frame in no more once the person has signed out in the window', async () => {
    const { verifier, challenge } = makeVerifier();
    const answer = await kit.signIn({}, `?challenge=${challenge}`);
    await kit.ask({ method: 'POST', path: '/_gate/logout', headers: { ...SAME_ORIGIN, Cookie: readCookies(answer) } });
    const redeemed = await redeem(readCode(answer), verifier, WANTS_JSON);
    expect([redeemed.status, JSON.parse(redeemed.text).code, readCookies(redeemed)]).toEqual([401, 'FRAMEGATE_CODE_REFUSED', '']);
    expect(kit.audit.at(-1)).toMatchObject({ event: 'code.refused', fields: { reason: 'session-ended' } });
  });

  it('takes the code from our own pages only', async () => {
    const { verifier, challenge } = makeVerifier();
    const code = readCode(await kit.signIn({}, `?challenge=${challenge}`));
    expect((await redeem(code, verifier, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
  });

  it('SEC-C7 sends Cross-Origin-Opener-Policy unsafe-none on each of its pages', async () => {
    const { challenge } = makeVerifier();
    const cookie = readCookies(await kit.signIn());
    const answers = [
      await kit.ask({ path: `/_gate/login?challenge=${challenge}`, headers: NAVIGATION }),
      await kit.ask({ path: `/_gate/login?challenge=${challenge}`, headers: { ...NAVIGATION, Cookie: cookie } }),
      await kit.signIn({ password: 'wrong' }, `?challenge=${challenge}`),
      await kit.signIn({}, `?challenge=${challenge}`),
    ];
    for (const { headers } of answers) expect(headers['cross-origin-opener-policy']).toBe('unsafe-none');
  });
});

describe('somebody who is signed in and opens the popup', () => {
  it('can go on with one click, or use another account', async () => {
    const { challenge } = makeVerifier();
    const cookie = readCookies(await kit.signIn());
    const page = await kit.ask({ path: `/_gate/login?challenge=${challenge}`, headers: { ...NAVIGATION, Cookie: cookie } });
    expect(page.text).toContain('Continue as alice');
    expect(page.text).not.toContain('type="password"');
    const other = /href="(\/_gate\/login\?challenge=[^"]*other=1)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect((await kit.ask({ path: other, headers: { ...NAVIGATION, Cookie: cookie } })).text).toContain('type="password"');
    expect(readCode(await continueAs(cookie, challenge))).toMatch(/^[\w-]{43}$/);
  });

  it('SEC-B12.2 cannot be made to go on without the token', async () => {
    const { challenge } = makeVerifier();
    const answer = await continueAs(readCookies(await kit.signIn()), challenge, { csrf: 'A'.repeat(43) });
    expect(answer.status).toBe(403);
    expect(readCode(answer)).toBe('');
  });

  it('cannot go on as nobody', async () => {
    const { challenge } = makeVerifier();
    const answer = await kit.signIn({ continue: '1' }, `?challenge=${challenge}`);
    expect(answer.status).toBe(403);
    expect(readCode(answer)).toBe('');
  });

  it('cannot hand on a session that a ticket started', async () => {
    const { challenge } = makeVerifier();
    const entered = await kit.ask({
      method: 'POST',
      path: '/_gate/enter',
      headers: { ...FORM, Origin: PUBLIC },
      body: 'ticket=good-carol',
    });
    const page = await kit.ask({ path: `/_gate/login?challenge=${challenge}`, headers: { ...NAVIGATION, Cookie: readCookies(entered) } });
    expect(page.text).toContain('type="password"');
    expect(page.text).not.toContain('carol');
  });
});

describe('guessing codes', () => {
  const limited = startKit({ codesPerMinute: 2 });

  it('SEC-D8.2 an address that has sent too many refused codes gets 429 with Retry-After', async () => {
    const guess = () =>
      limited.ask({
        method: 'POST',
        path: '/_gate/redeem',
        headers: { ...FORM, ...SAME_ORIGIN },
        body: `code=x&verifier=${'v'.repeat(43)}`,
      });
    expect([(await guess()).status, (await guess()).status]).toEqual([401, 401]);
    const third = await guess();
    expect(third.status).toBe(429);
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
    expect(limited.audit.at(-1)).toMatchObject({ event: 'code.refused', fields: { code: 'FRAMEGATE_TOO_MANY' } });
  });
});
