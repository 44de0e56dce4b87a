// A ticket that was put by before a revocation brings nobody back; the next one does, at once.

import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createRevocation, createTicket } from '../../src/index.ts';
import { askAdmin } from '../admin/ask.ts';
import { useGate } from '../support/start-gate.ts';

const HOST = 'https://one.test';
const KEY = 'k7Qw2Zp9Xv4Lm8Rt5Nc1Hb6Jd3Fg0SyUa-eTiOqVxB_';
const gate = useGate({
  anonymous: true,
  signIn: { tickets: [{ issuer: HOST, secret: KEY, algorithms: ['HS256'] }] },
  config: { embed: { hosts: [HOST] } },
});
const FORM = 'Content-Type: application/x-www-form-urlencoded';

/** As other languages sign: dated in whole seconds. */
const signWhole = (claims: Record<string, unknown>, typ: string): Promise<string> =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ })
    .setIssuer(HOST)
    .setAudience(gate.origin)
    .setIssuedAt()
    .setExpirationTime('60s')
    .setJti(randomUUID())
    .sign(Buffer.from(KEY));

const options = () => ({ issuer: HOST, audience: gate.origin, key: KEY });
const HOSTS = [
  {
    name: 'by the library',
    ticket: () => createTicket({ ...options(), subject: 'ann', groups: ['operators'] }),
    revocation: () => createRevocation({ ...options(), subject: 'ann' }),
  },
  {
    name: 'in whole seconds',
    ticket: () => signWhole({ sub: 'ann', groups: ['operators'] }, 'framegate-ticket+jwt'),
    revocation: () => signWhole({ sub: 'ann' }, 'framegate-revocation+jwt'),
  },
];

async function enter(ticket: string): Promise<number> {
  return (await gate.send('POST /_gate/enter', [FORM, `Origin: ${HOST}`], new URLSearchParams({ ticket, to: '/' }).toString())).status;
}
const revokeAtGate = async (token: string): Promise<unknown> =>
  (await gate.send('POST /_gate/revoke', [FORM], new URLSearchParams({ token }).toString())).status;
const revokeAsOperator = async (body: object): Promise<unknown> =>
  (await askAdmin(gate.adminUrl, '/admin/api/revocations', { body })).status;

describe.each(HOSTS)('a ticket signed $name', ({ ticket, revocation }) => {
  it("SEC-D2.4 before the host's own revocation is refused, and the next one signs in", async () => {
    const stashed = await ticket();
    expect(await revokeAtGate(await revocation())).toBe(204);
    expect(await enter(stashed)).toBe(401);
    expect(await enter(await ticket())).toBe(303);
  });

  it.each<{ name: string; body: object }>([
    { name: 'the person', body: { login: 'ann' } },
    { name: 'the issuer', body: { issuer: HOST } },
    { name: 'everybody', body: { everyone: true } },
  ])("SEC-D2.4 before an operator's revocation of $name is refused, and the next one signs in", async ({ body }) => {
    const stashed = await ticket();
    expect(await revokeAsOperator(body)).toBe(200);
    expect(await enter(stashed)).toBe(401);
    expect(await enter(await ticket())).toBe(303);
  });

  it('before a revocation of somebody else signs in', async () => {
    const mine = await ticket();
    expect(await revokeAsOperator({ login: 'bob' })).toBe(200);
    expect(await enter(mine)).toBe(303);
  });
});
