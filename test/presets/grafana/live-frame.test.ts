// Messages of the Live socket: one command a line, each with what it does and names, and the answer to a refused one.

import { describe, expect, it } from 'vitest';
import { judgeFrame, readFixture } from './kit.ts';

const verdictOf = (command: unknown) => judgeFrame(JSON.stringify(command)).map(({ verdict }) => verdict)[0];
const subscribe = (channel: unknown) => verdictOf({ subscribe: { channel }, id: 2 });
const query = (data: unknown) => verdictOf({ rpc: { method: 'grafana.query', data }, id: 2 });
const stream = (named: object, org = 1) => ({ capability: 'live:stream', resources: { ...named, orgIds: [org] } });

describe('a channel', () => {
  it.each([
    ['1/grafana/dashboard/uid/plant-a', stream({ dashboards: ['plant-a'] })],
    ['7/grafana/dashboard/uid/plant-a', stream({ dashboards: ['plant-a'] }, 7)],
    ['1/ds/prom/tail/x=1', stream({ dataSources: ['prom'] })],
    ['1/plugin/testdata/random-2s-stream', stream({ plugins: ['testdata'] })],
    ['1/stream/telegraf/cpu', stream({})],
    ['1/grafana/broadcast/x', stream({})],
    ['1/grafana/dashboard/gitops', { capability: 'unknown', resources: { orgIds: [1] } }],
    ['1/grafana/dashboard/uid/plant-a/more', { capability: 'unknown', resources: { orgIds: [1] } }],
    ['1/grafana/other/x', { capability: 'unknown', resources: { orgIds: [1] } }],
    ['1/watch/folder.grafana.app/v1beta1', { capability: 'unknown', resources: { orgIds: [1] } }],
    ['1/DS/prom/x', { capability: 'unknown', resources: { orgIds: [1] } }],
  ])('%s', (channel, verdict) => {
    expect(subscribe(channel)).toEqual(verdict);
  });

  it.each([
    '',
    '1',
    '1/ds/prom',
    'ds/prom/x',
    '01/ds/prom/x',
    '+1/ds/prom/x',
    '0/ds/prom/x',
    '1//ds/prom/x',
    '1/ds//x',
    '1/ds/pr%6fm/x',
    '1/ds/prom/x y',
    `1/ds/prom/${'x'.repeat(300)}`,
    7,
    null,
    ['1/ds/prom/x'],
  ])('of another form is refused: %j', (channel) => {
    expect(subscribe(channel)).toEqual({ refused: 'frame-channel' });
  });
});

describe('a command', () => {
  it.each([
    ['connect', { connect: { name: 'js' }, id: 1 }],
    ['connect with a token', { connect: { name: 'js', version: '4', token: 'x', data: {} }, id: 1 }],
    ['unsubscribe', { unsubscribe: { channel: '1/ds/prom/x' }, id: 3 }],
    ['the answer to a ping', {}],
    ['ping', { ping: {}, id: 4 }],
  ])('that asks for nothing is free: %s', (_name, command) => {
    expect(verdictOf(command)).toBe('free');
  });

  it('of each other method has a capability', () => {
    const channel = '1/grafana/dashboard/uid/plant-a';
    const resources = { dashboards: ['plant-a'], orgIds: [1] };
    for (const method of ['presence', 'presence_stats', 'history', 'sub_refresh'])
      expect(verdictOf({ [method]: { channel }, id: 1 }), method).toEqual({ capability: 'live:stream', resources });
    expect(verdictOf({ publish: { channel, data: {} }, id: 1 })).toEqual({ capability: 'live:publish', resources });
    for (const method of ['send', 'refresh', 'anything', '__proto__', 'toString'])
      expect(judgeFrame(`{"${method}":{},"id":1}`)[0]?.verdict, method).toEqual({ capability: 'unknown', resources: {} });
  });

  it.each([
    [{ connect: { name: 'js', subs: { '1/ds/secret/x': {} } }, id: 1 }, 'frame-connect'],
    [{ connect: { headers: { authorization: 'x' } }, id: 1 }, 'frame-connect'],
    [{ subscribe: { channel: '1/ds/prom/x' }, rpc: { method: 'x' }, id: 1 }, 'frame-methods'],
    [{ subscribe: { channel: '1/ds/prom/x' }, publish: null, id: 1 }, 'frame-methods'],
    [{ Publish: { channel: '1/ds/prom/x' }, id: 1 }, 'frame-key-case'],
    [{ 'sub\u017fcribe': { channel: '1/ds/prom/x' }, id: 1 }, 'frame-key-case'],
    [{ subscribe: { channel: '1/ds/prom/x', Channel: '1/ds/secret/x' }, id: 1 }, 'frame-key-case'],
    [{ subscribe: { CHANNEL: '1/ds/secret/x' }, id: 1 }, 'frame-key-case'],
    [{ rpc: { method: 'ping', Method: 'grafana.query' }, id: 1 }, 'frame-key-case'],
    [{ subscribe: null, id: 1 }, 'frame-params'],
    [{ subscribe: '1/ds/prom/x', id: 1 }, 'frame-params'],
    [{ subscribe: { channel: '1/ds/prom/x' }, id: '1' }, 'frame-id'],
    [{ subscribe: { channel: '1/ds/prom/x' }, id: -1 }, 'frame-id'],
    [{ subscribe: { channel: '1/ds/prom/x' }, id: 4294967296 }, 'frame-id'],
  ])('that could be read in two ways is refused: %j', (command, refused) => {
    expect(verdictOf(command)).toEqual({ refused });
  });

  it.each([
    ['{"subscribe":{"channel":"1/ds/a/x","channel":"1/ds/b/x"},"id":1}', 'frame-duplicate-key'],
    ['{"subscribe":{"channel":"1/ds/a/x"},"id":1} {}', 'frame-not-json'],
    ['{"subscribe":{"channel":"1/ds/a/x"},"id":1}{}', 'frame-not-json'],
    ['[{"connect":{}}]', 'frame-not-json'],
    ['', 'frame-not-json'],
    ['null', 'frame-not-json'],
    ['\u0000', 'frame-not-json'],
    ['['.repeat(100_000), 'frame-not-json'],
  ])('that is no JSON object of its own is refused: %.60s', (text, refused) => {
    expect(judgeFrame(text)[0]?.verdict).toEqual({ refused });
  });
});

describe('a query over the socket', () => {
  it('is one like that over HTTP, and no other call is known', () => {
    expect(query({ queries: [{ datasource: { uid: 'prom' } }, { datasourceId: 7 }] })).toEqual({
      capability: 'datasource:query',
      resources: { dataSources: ['prom', '#7'] },
    });
    expect(query({ QUERIES: [{ datasource: 'prom' }] })).toMatchObject({ resources: { dataSources: ['prom'] } });
    expect(query({ queries: [{ Datasource: { uid: 'prom' } }] })).toEqual({ refused: 'body-key-case' });
    expect(query('{"queries":[]}')).toEqual({ refused: 'frame-params' });
    expect(verdictOf({ rpc: { method: 'other', data: {} }, id: 1 })).toEqual({ capability: 'unknown', resources: {} });
    expect(verdictOf({ rpc: { data: {} }, id: 1 })).toEqual({ capability: 'unknown', resources: {} });
  });
});

describe('a message', () => {
  it('is split at newlines as the server splits it, each command with its own text and answer', () => {
    const lines = ['{"connect":{"name":"js"},"id":1}', ' {"rpc":{"method":"grafana.query","data":{"queries":[]}}, "id":2}', '{"send":{}}'];
    const commands = judgeFrame(`${lines.join('\n')}\n`);
    expect(commands.map(({ text }) => text)).toEqual(lines);
    expect(commands.map(({ refusal }) => refusal)).toEqual([
      '{"id":1,"error":{"code":103,"message":"permission denied"}}',
      '{"id":2,"error":{"code":103,"message":"permission denied"}}',
      undefined,
    ]);
  });

  it('with a newline within a command is refused, as the server takes it for the end', () => {
    expect(judgeFrame('{"connect":\n{}}').map(({ verdict }) => verdict)).toEqual([
      { refused: 'frame-not-json' },
      { refused: 'frame-not-json' },
    ]);
  });

  it('that a browser sent in the recordings is all known', () => {
    interface Recorded {
      readonly frames?: readonly { readonly from: string; readonly text: string }[];
    }
    const { probes, dashboardLoad } = readFixture('live.json') as { probes: Recorded[]; dashboardLoad: Recorded };
    const sent = [...probes, dashboardLoad].flatMap(({ frames = [] }) => frames.filter(({ from }) => from === 'browser'));
    const found = sent
      .flatMap(({ text }) => judgeFrame(text))
      .map(({ verdict }) => (typeof verdict === 'string' ? verdict : JSON.stringify(verdict)));
    expect([...new Set(found)]).toEqual([
      'free',
      JSON.stringify(stream({ plugins: ['testdata'] })),
      JSON.stringify({ capability: 'datasource:query', resources: { dataSources: ['testdata'] } }),
      JSON.stringify(stream({})),
      JSON.stringify({ capability: 'live:publish', resources: { orgIds: [1] } }),
      JSON.stringify(stream({ dashboards: ['plant-a'] })),
    ]);
  });
});
