// Where a sign-in may lead (SEC-R1, SEC-F8): our own origin, whatever is asked for.

import { describe, expect, it } from 'vitest';
import { resolveReturnTo } from '../../src/http/return-to.ts';

const ORIGIN = 'https://p.test';
const LANDING = `${ORIGIN}/home`;
const resolve = (value: unknown): string => resolveReturnTo(value, ORIGIN, '/home');

describe('returnTo', () => {
  it.each([
    ['SEC-B6.1', '//evil'],
    ['SEC-B6.2', '///evil'],
    ['SEC-B6.3', '/\\evil'],
    ['SEC-B6.4', '\\\\evil'],
    ['SEC-B6.5', '/%09/evil'],
    ['SEC-B6.6', '/\t/evil'],
    ['SEC-B6.7', '/\n/evil'],
    ['SEC-B6.8', ' //evil'],
    ['SEC-B6.9', '/..//evil'],
    ['SEC-B6.10', 'https:evil'],
    ['SEC-B6.11', 'https://p.test@evil'],
    ['SEC-B6.12', 'https://p.test.evil.test'],
    ['SEC-B6.13', 'http://p.test/x'],
    ['SEC-B6.14', 'javascript:alert(1)'],
    ['SEC-B6.15', 'data:text/html,x'],
    ['SEC-B6.16', '/a%0d%0aSet-Cookie:x=1'],
    ['SEC-B6.17', ['a', 'b']],
    ['SEC-B6.18', `/${'a'.repeat(3000)}`],
    ['SEC-B6.19', '/_gate/logout'],
  ])('%s leads to the landing page: %j', (_id, value) => {
    expect(resolve(value)).toBe(LANDING);
  });

  it.each([
    'evil',
    '',
    '?x',
    undefined,
    null,
    {},
    7,
    '/a/../b',
    '/a/./b',
    '/.',
    '/a/%2e%2e/b',
    '/a//b',
    '/a%2fb',
    '/a%5Cb',
    '/a%00b',
    '/a%7fb',
    '/a%zz',
    '/a%',
    '/%c0%af',
    'https://p.test',
    'https://p.test:444/',
    'HTTPS://P.TEST/',
    '/_gate',
    '/_gate/',
    '/_gate/login?returnTo=/',
    '/%5Fgate/logout',
    '/_gate/state?x',
    '/_gate/state/',
  ])('leads to the landing page: %j', (value) => {
    expect(resolve(value)).toBe(LANDING);
  });

  it.each([
    ['/', '/'],
    ['/d/x?var-a=%2F..%2F&b=1', '/d/x?var-a=%2F..%2F&b=1'],
    ['/d/x?next=//evil', '/d/x?next=//evil'],
    ['/d/caf%C3%A9', '/d/caf%C3%A9'],
    ['/d/x#panel', '/d/x#panel'],
    ['/_gatekeeper', '/_gatekeeper'],
    ['/_gate/state', '/_gate/state'],
    ['https://p.test/d/x', '/d/x'],
  ])('leads to a place of ours: %s', (value, target) => {
    expect(resolve(value)).toBe(ORIGIN + target);
  });

  it('SEC-B6.19 knows the own routes below a mount', () => {
    expect(resolveReturnTo('/dash/_gate/logout', ORIGIN, '/dash', '/dash/_gate')).toBe(`${ORIGIN}/dash`);
    expect(resolveReturnTo('/dash/_gate/state', ORIGIN, '/dash', '/dash/_gate')).toBe(`${ORIGIN}/dash/_gate/state`);
  });
});
