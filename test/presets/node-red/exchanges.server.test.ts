// What was recorded from Node-RED 4.1 with both dashboards, sent through the gate by people with one bundle each.

import { describe, expect, it } from 'vitest';
import { expectRefused, useGate } from '../../support/start-gate.ts';
import { answerRecorded, headersOf, nameOf, type Recorded, readRecorded } from '../recorded.ts';

const exchanges = readRecorded('node-red', 'exchanges.json');
const load = readRecorded<{ readonly requests: readonly Recorded[] }>('node-red', 'page-load.json').requests;

const PEOPLE = ['view', 'edit', 'admin', 'everything'] as const;
type Person = (typeof PEOPLE)[number] | 'spelling' | 'nobody';

const gate = useGate({
  upstream: { preset: 'node-red' },
  config: {
    access: {
      rules: [
        ...PEOPLE.map((bundle) => ({ name: bundle, who: { users: [bundle] }, may: [bundle] })),
        { name: 'limited', who: { users: ['limited'] }, may: ['view'], on: { dashboards: ['hall'] } },
        { name: 'alice', who: { groups: ['operators'] }, may: ['everything'] },
      ],
    },
  },
});

/** Who it takes at least; what is not here takes `admin`. */
const LEAST: { readonly [name: string]: Person } = {
  'GET /dashboard': 'view',
  'GET /dashboard/': 'view',
  'GET /dashboard/hall': 'view',
  'GET /dashboard/_setup': 'view',
  'GET /dashboard/manifest.webmanifest': 'view',
  'GET /dashboard/favicon.svg': 'view',
  'GET /ui': 'view',
  'GET /ui/': 'view',
  'GET /ui/manifest.json': 'view',
  // An endpoint of a flow.
  'GET /plant': 'everything',
  'GET /FLOWS': 'spelling',
  'POST /auth/token': 'nobody',
};

const cookies = new Map<string, string>();
async function sendAs(login: string, exchange: Recorded, headers: readonly string[] = []) {
  const cookie = cookies.get(login) ?? (await gate.signIn(login, []));
  cookies.set(login, cookie);
  gate.upstream.clear();
  gate.upstream.script = answerRecorded(exchanges);
  const lines = [`Cookie: ${cookie}`, gate.ownOrigin, ...headersOf(exchange), ...headers];
  return gate.send(`${exchange.method} ${exchange.path}`, lines, exchange.requestBody);
}

describe('of what was recorded from Node-RED', () => {
  it.each(exchanges.map((exchange) => [nameOf(exchange), LEAST[nameOf(exchange)] ?? 'admin', exchange] as const))(
    '%s takes %s',
    async (_name, least, exchange) => {
      for (const [index, person] of PEOPLE.entries()) {
        const sent = await sendAs(person, exchange);
        if (least === 'spelling') await expectRefused(gate, sent, 400);
        else if (least === 'nobody' || index < PEOPLE.indexOf(least)) await expectRefused(gate, sent, 403);
        else {
          expect(sent.status, person).toBe(exchange.status);
          expect(sent.body, person).toBe(exchange.body);
        }
      }
    },
  );

  it('names of the list above are all among the recordings', () => {
    const names = exchanges.map(nameOf);
    expect(Object.keys(LEAST).filter((name) => !names.includes(name))).toEqual([]);
  });
});

const socketPath = (query: string): string => `/dashboard/socket.io/?EIO=4&${query}`;
const poll = (requestBody?: string, query = 'transport=polling&sid=x'): Recorded => ({
  method: requestBody === undefined ? 'GET' : 'POST',
  path: socketPath(query),
  status: 200,
  ...(requestBody === undefined ? {} : { requestBody, requestType: 'text/plain;charset=UTF-8' }),
});

describe('a page of a dashboard', () => {
  it('loads for who may view as it was recorded, its polling included', async () => {
    const requests = load.filter(({ status }) => status !== 101);
    expect(requests.filter(({ requestBody }) => requestBody !== undefined).length).toBeGreaterThan(2);
    for (const request of requests) {
      await sendAs('view', request);
      expect(gate.upstream.onlyRequest.target).toBe(request.path);
      expect(gate.upstream.onlyRequest.body.toString()).toBe(request.requestBody ?? '');
    }
  });

  it('is not for somebody limited to some dashboards, whom its socket would tell of all', async () => {
    for (const request of [poll(), poll('40'), { method: 'GET', path: '/dashboard/hall', status: 200 }])
      await expectRefused(gate, await sendAs('limited', request), 403);
  });

  it.each([
    '42["widget-action","btn2",{}]',
    '42["widget-load","text2"]\x1e42["update-value",{}]',
    '421["widget-change","x"]',
    '42["other"]',
    '42/other,["widget-load","x"]',
    '42[["widget-load"]]',
    '42[\n"widget-load"]',
    '452-["widget-load",{"_placeholder":true,"num":0}]',
    '42{"0":"widget-load"}',
    '15:42["widget-load"]',
    'bAQ==',
    '\x1e',
  ])('sends no %j by polling, whoever it is', async (body) => {
    await expectRefused(gate, await sendAs('edit', poll(body)), 400);
  });

  it('SEC-P9 gets no socket past the judging of its messages by the words of its request', async () => {
    const upgrade = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    for (const query of ['transport=polling', 'transport=websocket&transport=polling', ''])
      await expectRefused(gate, await sendAs('view', poll(undefined, query), upgrade), 400);
    await expectRefused(gate, await sendAs('limited', poll(), ['Upgrade: websocket']), 400);
  });

  it('takes no token of the editor in its query', async () => {
    await expectRefused(gate, await sendAs('everything', { method: 'GET', path: '/comms?access_token=x', status: 200 }), 400);
  });
});
