import { describe, expect, it } from 'vitest';
import { hopByHopNames } from '../../src/proxy/hop-by-hop.ts';

const FIXED = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
];

describe('hopByHopNames', () => {
  it.each([[[]], [['']], [['keep-alive']], [['close']], [['Upgrade']], [['CLOSE']], [['keep-alive', 'close']]])(
    'PRX-8 names the fixed ones for Connection: %j',
    (connection) => {
      expect([...hopByHopNames(connection)].sort()).toEqual([...FIXED].sort());
    },
  );

  it.each([
    [['close, X-WEBAUTH-USER'], ['close', 'x-webauth-user']],
    [['x-webauth-user'], ['x-webauth-user']],
    [['X-A ,\tX-B,,'], ['x-a', 'x-b']],
    [
      ['close', 'X-A'],
      ['close', 'x-a'],
    ],
    [['Upgrade, HTTP2-Settings'], []],
  ])('PRX-8, SEC-H5 and those that %j names', (connection, names) => {
    const all = hopByHopNames(connection);
    for (const name of [...FIXED, ...names]) expect(all.has(name), name).toBe(true);
  });

  it('PRX-S6 never names the framing or the target', () => {
    const all = hopByHopNames(['content-length, Host, x-a']);
    expect(all.has('x-a')).toBe(true);
    expect(all.has('content-length')).toBe(false);
    expect(all.has('host')).toBe(false);
  });

  it('one message leaves no trace in the next', () => {
    hopByHopNames(['x-secret']);
    expect(hopByHopNames(['close']).has('x-secret')).toBe(false);
  });
});
