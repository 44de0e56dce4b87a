// POST /_gate/revoke on a running gate: a host application's log-out, from server to server.

import { describe, expect, it } from 'vitest';
import { createRevocation } from '../../src/index.ts';
import { createTicket } from '../../src/sign-in/create-ticket.ts';
import { openAnswer, openSocket } from '../support/open-connections.ts';
import type { RawConnection } from '../support/raw-client.ts';
import { acceptUpgrade } from '../support/recording-upstream.ts';
import { useGate } from '../support/start-gate.ts';

const HOST = 'https://one.test';
const OTHER = 'https://two.test';
const SECRETS = { [HOST]: 'k7Qw2Zp9Xv4Lm8Rt5Nc1Hb6Jd3Fg0SyUa-eTiOqVxB_', [OTHER]: 'p3Wd8Kx1Vz6Nq9Ls4Hm7Yc2Tb5Rj0GfEuA_iOoXtQwZk' };
const gate = useGate({
  anonymous: true,
  signIn: {
    tickets: Object.entries(SECRETS).map(([issuer, secret], index) => ({
      issuer,
      secret,
      algorithms: ['HS256'],
      ...(index > 0 && { loginPrefix: 'two-' }),
    })),
  },
  config: { embed: { hosts: [HOST, OTHER] } },
});

const FORM = 'Content-Type: application/x-www-form-urlencoded';
type Issuer = keyof typeof SECRETS;

async function enter(subject: string, issuer: Issuer = HOST): Promise<string> {
  const ticket = await createTicket({ issuer, audience: gate.origin, key: SECRETS[issuer] ?? '', subject, groups: ['operators'] });
  const entered = await gate.send('POST /_gate/enter', [FORM, `Origin: ${issuer}`], new URLSearchParams({ ticket, to: '/' }).toString());
  return entered.all('set-cookie')[0]?.split(';')[0] ?? '';
}

const sign = (who: { subject?: string; all?: true }, issuer: Issuer = HOST): Promise<string> =>
  createRevocation({ issuer, audience: gate.origin, key: SECRETS[issuer] ?? '', ...who });
const post = (token: string, headers: readonly string[] = []) =>
  gate.send('POST /_gate/revoke', [FORM, ...headers], new URLSearchParams({ token }).toString());
const statusOf = async (cookie: string): Promise<number> =>
  (await gate.send('GET /api/user', [`Cookie: ${cookie}`, 'Accept: application/json'])).status;

function openLive(cookie: string): Promise<RawConnection> {
  gate.upstream.script = acceptUpgrade('');
  return openSocket(gate, cookie);
}

describe('POST /_gate/revoke', () => {
  it("SEC-B8.3 ends a person's sessions, sockets, streams and downloads at once, and nobody else's", async () => {
    const [ann, bob] = [await enter('ann'), await enter('bob')];
    const mine = [
      await openLive(ann),
      await openAnswer(gate, ann, 'text/event-stream', 'data:1'),
      await openAnswer(gate, ann, 'text/csv', 'a,b,c'),
    ];
    const his = await openLive(bob);
    expect((await post(await sign({ subject: 'ann' }))).status).toBe(204);
    for (const connection of mine) expect(await connection.waitForEnd(2000)).not.toBe('open');
    gate.upstream.clear();
    expect(his.ending).toBe('open');
    expect([await statusOf(ann), await statusOf(bob)]).toEqual([401, 200]);
    his.close();
  });

  it("ends everybody's of the issuer, and never those of another", async () => {
    const [ann, bob, two] = [await enter('ann'), await enter('bob'), await enter('ann', OTHER)];
    expect((await post(await sign({ all: true }))).status).toBe(204);
    expect([await statusOf(ann), await statusOf(bob), await statusOf(two)]).toEqual([401, 401, 200]);
    const again = await enter('ann');
    expect((await post(await sign({ subject: 'ann' }, OTHER))).status).toBe(204);
    expect([await statusOf(again), await statusOf(two)]).toEqual([200, 401]);
  });

  it("SEC-B14.12 takes another issuer's name from nobody", async () => {
    const ann = await enter('ann');
    const forged = await createRevocation({ issuer: HOST, audience: gate.origin, key: SECRETS[OTHER] ?? '', all: true });
    const refused = await post(forged, ['Accept: application/json']);
    expect([refused.status, await statusOf(ann)]).toEqual([401, 200]);
    expect(refused.body).toContain('FRAMEGATE_TICKET_REFUSED');
  });

  it('SEC-B14.1 takes a token once; the person may come back', async () => {
    await enter('ann');
    const token = await sign({ subject: 'ann' });
    expect((await post(token)).status).toBe(204);
    const back = await enter('ann');
    expect((await post(token)).status).toBe(401);
    expect(await statusOf(back)).toBe(200);
  });

  it.each([`Origin: ${HOST}`, 'Origin: null', 'Cookie: a=b', 'Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: none'])(
    'SEC-D7.2 answers no browser: %s',
    async (header) => {
      const ann = await enter('ann');
      expect((await post(await sign({ subject: 'ann' }), [header])).status).toBe(403);
      expect(await statusOf(ann)).toBe(200);
    },
  );

  it('takes JSON too, and tells what is missing', async () => {
    const ann = await enter('ann');
    const json = (body: object) => gate.send('POST /_gate/revoke', ['Content-Type: application/json'], JSON.stringify(body));
    expect((await json({})).status).toBe(400);
    expect((await json({ token: '' })).status).toBe(400);
    expect((await json({ token: 'x.y.z' })).status).toBe(401);
    expect((await json({ token: await sign({ subject: 'ann' }) })).status).toBe(204);
    expect(await statusOf(ann)).toBe(401);
  });

  it('SEC-B14.16 refuses a token in the address, and other methods', async () => {
    const ann = await enter('ann');
    const token = await sign({ subject: 'ann' });
    expect((await gate.send(`POST /_gate/revoke?token=${token}`, [FORM], `token=${token}`)).status).toBe(400);
    expect((await gate.send(`GET /_gate/revoke?token=${token}`)).status).toBe(405);
    expect(await statusOf(ann)).toBe(200);
  });
});
