// A ticket in an address, for hosts that can only set the address of a frame: SEC-B14.16, SEC-B12.8.

import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogFields } from '../../src/kernel/log.ts';
import { createTicket } from '../../src/sign-in/create-ticket.ts';
import { HOST_PAGE, useGate } from '../support/start-gate.ts';

const OTHER_HOST = 'https://other.test';
const key = randomBytes(32).toString('base64url');
const otherKey = randomBytes(32).toString('base64url');
const lines: { event: string; fields: LogFields | undefined }[] = [];
const write = (event: string, fields?: LogFields): void => void lines.push({ event, fields });

const gate = useGate({
  anonymous: true,
  signIn: {
    tickets: [
      { issuer: HOST_PAGE, algorithms: ['HS256'], secret: key, allowInUrl: true },
      { issuer: OTHER_HOST, algorithms: ['HS256'], secret: otherKey, loginPrefix: 'o-' },
    ],
  },
  log: { debug: write, info: write, warn: write, error: write },
});
afterEach(() => {
  lines.length = 0;
});

const sign = (changes = {}): Promise<string> =>
  createTicket({ issuer: HOST_PAGE, audience: gate.origin, key, subject: 'alice', groups: ['operators'], ...changes });
const IN_FRAME = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe', `Referer: ${HOST_PAGE}/`];
const enter = (ticket: string, headers = IN_FRAME, method = 'GET', more = '&to=%2Fd%2Fx%3Fkiosk') =>
  gate.send(`${method} /_gate/enter?ticket=${ticket}${more}`, headers);
const cookieOf = ({ all }: Awaited<ReturnType<typeof enter>>): string | undefined =>
  all('set-cookie')
    .find((line) => line.startsWith('__Host-framegate='))
    ?.split(';')[0];

describe('a ticket in an address', () => {
  it('SEC-B14.16 starts a session, and a redirect that nobody stores takes it out of the address', async () => {
    const answer = await enter(await sign());
    expect(answer.status).toBe(303);
    expect(answer.header('location')).toBe(`${gate.origin}/d/x?kiosk`);
    expect(answer.header('cache-control')).toBe('no-store');
    expect(answer.header('referrer-policy')).toBe('no-referrer');
    const session = await gate.send('GET /_gate/session', [`Cookie: ${cookieOf(answer)}`, 'Accept: application/json']);
    expect(JSON.parse(session.body)).toMatchObject({ login: 'alice', method: 'ticket' });
  });

  it('SEC-B14.1 is good for one sign-in', async () => {
    const ticket = await sign();
    expect((await enter(ticket)).status).toBe(303);
    const again = await enter(ticket);
    expect(again.status).toBe(401);
    expect(cookieOf(again)).toBeUndefined();
  });

  it('SEC-B14.16 is in no line of the log, taken or refused', async () => {
    const tickets = [await sign(), await sign({ audience: 'https://q.test' })];
    for (const ticket of [...tickets, ...tickets]) await enter(ticket);
    await enter(tickets[0] ?? '', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document']);
    const events = lines.map(({ event }) => event);
    expect(events.filter((event) => event === 'ticket.accepted')).toHaveLength(1);
    expect(events.filter((event) => event === 'ticket.refused')).toHaveLength(3);
    expect(lines.find(({ event }) => event === 'ticket.accepted')?.fields).toMatchObject({ inUrl: true, parentOrigin: HOST_PAGE });
    for (const part of tickets.flatMap((ticket) => ticket.split('.')).filter((part) => part.length > 40))
      expect(JSON.stringify(lines)).not.toContain(part.slice(0, 40));
  });

  it('SEC-B14.16 is 400 from an issuer that may not do that, and is not used up', async () => {
    const ticket = await sign({ issuer: OTHER_HOST, key: otherKey });
    const answer = await enter(ticket);
    expect(answer.status).toBe(400);
    expect(cookieOf(answer)).toBeUndefined();
    const body = new URLSearchParams({ ticket, to: '/' }).toString();
    const headers = ['Content-Type: application/x-www-form-urlencoded', `Origin: ${HOST_PAGE}`, ...IN_FRAME];
    expect((await gate.send('POST /_gate/enter', headers, body)).status).toBe(303);
  });

  it('SEC-B14.16 is 400 beside a posted one', async () => {
    const headers = ['Content-Type: application/x-www-form-urlencoded', `Origin: ${HOST_PAGE}`, ...IN_FRAME];
    const answer = await gate.send(`POST /_gate/enter?ticket=${await sign()}`, headers, `ticket=${await sign()}`);
    expect(answer.status).toBe(400);
  });

  it('is used up by no HEAD and by no prefetch', async () => {
    const ticket = await sign();
    const head = await enter(ticket, IN_FRAME, 'HEAD');
    expect([head.status, head.header('allow')]).toEqual([405, 'GET, POST']);
    expect((await enter(ticket, [...IN_FRAME, 'Sec-Purpose: prefetch;prerender'])).status).toBe(400);
    expect((await enter(ticket)).status).toBe(303);
  });

  it.each([
    ['no page at all', []],
    ['a script', ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Mode: cors', 'Sec-Fetch-Dest: empty']],
    ['an image', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image', `Referer: ${HOST_PAGE}/`]],
    ['an unlisted page', [...IN_FRAME.slice(0, 3), 'Referer: https://evil.test/']],
    ['a page that hides itself, in a window', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document']],
  ])('SEC-B12.8 is 403 from %s, and is not used up', async (_name, headers) => {
    const ticket = await sign();
    const answer = await enter(ticket, headers);
    expect(answer.status).toBe(403);
    expect(cookieOf(answer)).toBeUndefined();
    expect((await enter(ticket)).status).toBe(303);
  });

  it('is taken from an address that a person or a kiosk opens', async () => {
    const typed = ['Sec-Fetch-Site: none', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'];
    expect((await enter(await sign(), typed)).status).toBe(303);
  });

  it.each(['//evil.test', 'https://evil.test/', '/_gate/logout'])('SEC-R1 leads to the landing page instead of %j', async (to) => {
    const answer = await enter(await sign(), IN_FRAME, 'GET', `&to=${encodeURIComponent(to)}`);
    expect(answer.header('location')).toBe(`${gate.origin}/`);
  });

  it('is refused when it is there twice', async () => {
    expect((await enter(await sign(), IN_FRAME, 'GET', `&ticket=${await sign()}`)).status).toBe(401);
  });
});
