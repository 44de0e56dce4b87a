// The hand-off: who may post a ticket, and where it leads.

import { describe, expect, it } from 'vitest';
import type { Answer } from './own-routes-kit.ts';
import { FORM, HOST, IN_FRAME, PUBLIC, readCookies, startKit, WANTS_JSON } from './own-routes-kit.ts';

const kit = startKit();

function enter(fields: Record<string, string>, headers = {}): Promise<Answer> {
  const body = new URLSearchParams(fields).toString();
  return kit.ask({ method: 'POST', path: '/_gate/enter', headers: { ...FORM, ...IN_FRAME, Origin: HOST, ...headers }, body });
}

describe('a ticket', () => {
  it('SEC-D5.4 is posted, starts a session and leads to `to` at the public origin by 303', async () => {
    const answer = await enter({ ticket: 'good-carol', to: '/d/x?kiosk' });
    expect(answer.status).toBe(303);
    expect(answer.headers.location).toBe(`${PUBLIC}/d/x?kiosk`);
    expect(answer.headers['cache-control']).toBe('no-store');
    const session = await kit.ask({ path: '/_gate/session', headers: { ...WANTS_JSON, Cookie: readCookies(answer) } });
    expect(JSON.parse(session.text)).toMatchObject({ login: 'carol', method: 'ticket' });
  });

  it('leads to the state page where embed.js renews a session', async () => {
    expect((await enter({ ticket: 'good-carol', to: '/_gate/state' })).headers.location).toBe(`${PUBLIC}/_gate/state`);
  });

  it.each(['//evil', 'https://evil.test/', '/_gate/logout', ''])('SEC-R1 leads to the landing page instead of %j', async (to) => {
    expect((await enter({ ticket: 'good-carol', to })).headers.location).toBe(`${PUBLIC}/`);
  });

  it('answers JSON clients with the end of the session', async () => {
    const answer = await enter({ ticket: 'good-carol' }, WANTS_JSON);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({ ok: true, endsAt: new Date(kit.clock.nowMs + 28_800_000).toISOString() });
  });

  it('is recorded with the host page that posted it and never as itself', async () => {
    await enter({ ticket: 'good-carol' });
    await enter({ ticket: 'canary-ticket' });
    expect(kit.audit.map(({ event }) => event)).toEqual(['ticket.accepted', 'ticket.refused']);
    expect(kit.audit[0]?.fields).toMatchObject({ login: 'carol', parentOrigin: HOST, jtiHash: '00' });
    expect(kit.audit[1]?.fields).toMatchObject({ reason: 'signature' });
    expect(JSON.stringify(kit.audit)).not.toContain('canary-ticket');
  });

  it('that is refused gives a page in the frame which tells the host page', async () => {
    const answer = await enter({ ticket: 'bad' });
    expect(answer.status).toBe(401);
    expect(answer.headers['content-security-policy']).toContain(`frame-ancestors ${HOST}`);
    expect(answer.text).toContain('FRAMEGATE_TICKET_REFUSED');
    expect(answer.text).not.toContain('signature');
    expect(readCookies(answer)).toBe('');
  });

  it.each(['/_gate/enter?ticket=good-carol', '/_gate/enter?a=1&ticket='])('SEC-B14.16 is refused in an address: %s', async (path) => {
    const answer = await kit.ask({ method: 'POST', path, headers: { ...FORM, ...IN_FRAME, Origin: HOST }, body: 'ticket=good-carol' });
    expect(answer.status).toBe(400);
  });

  it.each([{}, { ticket: '' }, { to: '/' }])('is required: %j', async (fields) => {
    expect((await enter(fields as Record<string, string>)).status).toBe(400);
  });
});

describe('SEC-D7.2 who may post it', () => {
  const crossSite = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };
  const rows = [
    { name: 'a listed host, in a frame', headers: { ...crossSite, 'Sec-Fetch-Dest': 'iframe', Origin: HOST }, status: 303 },
    { name: 'a listed host, in a window', headers: { ...crossSite, 'Sec-Fetch-Dest': 'document', Origin: HOST }, status: 303 },
    { name: 'a listed host whose browser sends no Fetch Metadata', headers: { Origin: HOST }, status: 303 },
    { name: 'a listed host by its Referer', headers: { Referer: `${HOST}/page` }, status: 303 },
    { name: 'our own origin', headers: { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Dest': 'document', Origin: PUBLIC }, status: 303 },
    {
      name: 'Origin null in a frame (a host page with no-referrer)',
      headers: { ...crossSite, 'Sec-Fetch-Dest': 'iframe', Origin: 'null' },
      status: 303,
    },
    { name: 'Origin null in a window', headers: { ...crossSite, 'Sec-Fetch-Dest': 'document', Origin: 'null' }, status: 403 },
    { name: 'Origin null without Fetch Metadata', headers: { Origin: 'null' }, status: 403 },
    {
      name: 'an unlisted host in a frame',
      headers: { ...crossSite, 'Sec-Fetch-Dest': 'iframe', Origin: 'https://evil.test' },
      status: 403,
    },
    { name: 'a host that only begins like a listed one', headers: { Origin: `${HOST}.evil.test` }, status: 403 },
    { name: 'a listed host over http', headers: { Origin: 'http://host.test' }, status: 403 },
    { name: 'somebody who calls itself us across sites', headers: { ...crossSite, Origin: PUBLIC }, status: 403 },
    { name: 'nobody', headers: {}, status: 403 },
  ];

  it.each(rows)('$status for $name', async ({ headers, status }) => {
    const answer = await kit.ask({ method: 'POST', path: '/_gate/enter', headers: { ...FORM, ...headers }, body: 'ticket=good-carol' });
    expect(answer.status).toBe(status);
    expect(readCookies(answer) !== '').toBe(status === 303);
  });

  it.each([HOST, PUBLIC])('lets embed.js name the page it is in: %s', async (host) => {
    expect((await enter({ ticket: 'good-carol', host }, { Origin: 'null' })).status).toBe(303);
  });

  it('refuses a page that names itself and is not listed, and says so in the log', async () => {
    const answer = await enter({ ticket: 'good-carol', host: 'https://new-host.test' }, { Origin: 'null' });
    expect(answer.status).toBe(403);
    expect(kit.audit).toEqual([]);
    expect(kit.logged).toEqual([{ event: 'frame.host-not-listed', fields: expect.objectContaining({ host: 'https://new-host.test' }) }]);
  });

  it('says in the log which host to add', async () => {
    await enter({ ticket: 'good-carol' }, { Origin: 'https://new-host.test' });
    expect(kit.logged).toEqual([
      {
        event: 'origin.refused',
        fields: expect.objectContaining({ origin: 'https://new-host.test', hint: expect.stringContaining('embed.hosts') }),
      },
    ]);
  });
});
