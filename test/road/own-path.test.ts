// The reserved prefix is never forwarded, in no spelling (SEC-D12.2).

import { describe, expect, it } from 'vitest';
import { isOwnPath } from '../../src/road/http.ts';

describe('isOwnPath', () => {
  it.each([
    '/_gate',
    '/_gate/',
    '/_gate/login',
    '/_gate?x',
    '/_GATE/login',
    '/_Gate',
    '/%5Fgate/login',
    '/%5f%67ate',
    '/_gate%2Flogin',
    '/_gate/%ff',
    '/%5fgate/%ff',
  ])('SEC-D12.2 %s is ours', (target) => {
    expect(isOwnPath(target, '/_gate')).toBe(true);
  });

  it.each(['/', '/_gatex', '/_gate-x/login', '/x/_gate/login', '/?/_gate/login', '/d/_gate', '/_gat', '/%ff', '/__gate'])(
    'SEC-P5 %s is not',
    (target) => {
      expect(isOwnPath(target, '/_gate')).toBe(false);
    },
  );

  it('lies under the mount of a host application', () => {
    expect(isOwnPath('/dash/_gate/login', '/dash/_gate')).toBe(true);
    expect(isOwnPath('/DASH/_gate/login', '/dash/_gate')).toBe(true);
    expect(isOwnPath('/_gate/login', '/dash/_gate')).toBe(false);
  });
});
