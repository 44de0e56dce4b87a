// What is open when the hours of a rule change, on a running gate whose clock the test sets.

import { beforeAll, describe, expect, it } from 'vitest';
import { openAnswer, openSocket } from '../support/open-connections.ts';
import type { RawConnection } from '../support/raw-client.ts';
import { acceptUpgrade, replyWith } from '../support/recording-upstream.ts';
import { useGate } from '../support/start-gate.ts';

const MINUTE_MS = 60_000;
const WITHIN_MS = 2000;
const clock = {
  aheadMs: 0,
  now: () => Date.now() + clock.aheadMs,
};

const timeOf = (ms: number): string => new Date(ms).toISOString().slice(11, 16);
/** From ten minutes before what is now until ten after it, and from then on for as long. */
const inMinutes = (minutes: number): string => timeOf(Date.now() + minutes * MINUTE_MS);
const [before, soon, later] = [inMinutes(-10), inMinutes(10), inMinutes(30)];
const everything = { may: ['everything' as const] };

const gate = useGate({
  clock,
  anonymous: true,
  config: {
    session: { secret: 'a secret of the tests, 32 bytes or longer' },
    access: {
      rules: [
        { name: 'the early shift', who: { groups: ['shift'] }, ...everything, when: { after: before, before: soon } },
        { name: 'the late shift', who: { groups: ['late'] }, ...everything, when: { after: soon, before: later } },
        { name: 'always', who: { groups: ['always'] }, ...everything },
        { name: 'of one issuer', who: { groups: ['other'] }, ...everything, when: { issuers: ['https://host.test'] } },
        {
          name: 'hours of another issuer',
          who: { groups: ['other'] },
          ...everything,
          when: { after: before, before: soon, issuers: ['password'] },
        },
        { name: 'no visitors later', who: { users: ['vic'] }, deny: ['view'], when: { after: soon, before: later } },
        { name: 'no visitors until then', who: { users: ['wim'] }, deny: ['metrics'], when: { after: before, before: soon } },
      ],
    },
  },
});

function openLive(cookie: string): Promise<RawConnection> {
  gate.upstream.script = acceptUpgrade('');
  return openSocket(gate, cookie);
}

/** What a connection was at the latest 2 s after the hours changed: `open`, or how it ended. */
const endings = new Map<string, string>();
let closing = '';
let early = '';
let both = '';

beforeAll(async () => {
  early = await gate.signIn('eve', ['shift']);
  both = await gate.signIn('ben', ['shift', 'always']);
  const connections = new Map([
    ['socket of a grant that ends', await openLive(early)],
    ['stream of a grant that ends', await openAnswer(gate, early, 'text/event-stream', 'data:1')],
    ['download of a grant that ends', await openAnswer(gate, early, 'text/csv', 'a,b,c')],
    ['socket of one that ends, and another', await openLive(both)],
    ['socket of a denial that begins', await openLive(await gate.signIn('vic', ['always']))],
    ['socket of a denial that ends', await openLive(await gate.signIn('wim', ['always']))],
    ['socket of a grant that begins', await openLive(await gate.signIn('lou', ['late', 'always']))],
    ['socket of a grant without hours', await openLive(await gate.signIn('ann', ['always']))],
    ['socket of the hours of another issuer', await openLive(await gate.signIn('otto', ['other']))],
  ]);
  const now = Date.now() + 11 * MINUTE_MS;
  // Half a second into a minute: what was judged in the last moment before it counts, too.
  clock.aheadMs = 11 * MINUTE_MS + Math.max(0, 600 - (now % MINUTE_MS));
  const last = connections.get('socket of a denial that begins');
  await last?.waitForEnd(WITHIN_MS);
  for (const [name, connection] of connections) endings.set(name, connection.ending);
  closing = connections.get('socket of a grant that ends')?.pending ?? '';
  for (const connection of connections.values()) connection.close();
});

const statusOf = async (cookie: string): Promise<number> => {
  gate.upstream.script = replyWith('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  return (await gate.send('GET /api/user', [`Cookie: ${cookie}`, 'Accept: application/json'])).status;
};

describe('when the hours of a rule change', () => {
  it.each([
    'socket of a grant that ends',
    'stream of a grant that ends',
    'download of a grant that ends',
    'socket of one that ends, and another',
    'socket of a denial that begins',
  ])('SEC-B8.4 the %s ends within 2 s', (name) => {
    expect(endings.get(name)).not.toBe('open');
  });

  it.each([
    'socket of a denial that ends',
    'socket of a grant that begins',
    'socket of a grant without hours',
    'socket of the hours of another issuer',
  ])('the %s stays', (name) => {
    expect(endings.get(name)).toBe('open');
  });

  it('SEC-B8.4 a WebSocket is told why: 1008', () => {
    // A close frame (RFC 6455 5.5.1): 0x88, length, then the code 1008 as 0x03f0.
    expect(closing).toMatch(/^\x88[\x02-\x7d]\x03\xf0/);
  });

  it('who has another grant connects again, who has none is denied', async () => {
    (await openLive(both)).close();
    expect([await statusOf(both), await statusOf(early)]).toEqual([200, 403]);
  });
});
