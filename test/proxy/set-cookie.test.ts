// Cookies that an upstream sets: never ours, and in a form that a browser accepts in a frame (SEC-B4.4, SEC-B4.5).

import { describe, expect, it } from 'vitest';
import { isOwnCookie } from '../../src/proxy/own-cookies.ts';
import { rewriteSetCookie, type SetCookieRules } from '../../src/proxy/set-cookie.ts';

const RULES: SetCookieRules = { dropped: ['grafana_session'], sameSite: 'partitioned', basePath: '', strippedMount: '' };
const rewrite = (line: string, over: Partial<SetCookieRules> = {}) => rewriteSetCookie(line, { ...RULES, ...over });

describe('rewriteSetCookie', () => {
  it.each([
    '__Host-framegate=x; Path=/; Secure',
    '__Host-framegate=',
    '__Host-framegate-tx=x',
    '__HOST-FRAMEGATE=x',
    ' __Host-framegate =x',
    '__Host-framegateX=x',
  ])('SEC-B4.4, PRX-27 drops %j, which is ours', (line) => {
    expect(rewrite(line)).toBeUndefined();
  });

  it.each(['grafana_session=x; HttpOnly', 'Grafana_Session=x'])("drops %j, the upstream's own log-in", (line) => {
    expect(rewrite(line)).toBeUndefined();
  });

  it.each(['=x', 'x', '', ';', '=__Host-framegate=x', '; Path=/'])('drops %j, which has no name: browsers would make one up', (line) => {
    expect(rewrite(line)).toBeUndefined();
  });

  it.each([
    ['a=b', 'a=b; Secure; SameSite=None; Partitioned'],
    ['a=b; Domain=p.test', 'a=b; Secure; SameSite=None; Partitioned'],
    ['a=b; domain=.test; SECURE; SameSite=Strict; partitioned', 'a=b; Secure; SameSite=None; Partitioned'],
    [
      'a=b; HttpOnly; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      'a=b; HttpOnly; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=None; Partitioned',
    ],
    ['a=b=c; Priority=High', 'a=b=c; Priority=High; Secure; SameSite=None; Partitioned'],
    ['a=; Max-Age=0', 'a=; Max-Age=0; Secure; SameSite=None; Partitioned'],
    ['a=b;;  ;', 'a=b; Secure; SameSite=None; Partitioned'],
  ])('SEC-B4.5 %j becomes %j', (line, expected) => {
    expect(rewrite(line)).toBe(expected);
  });

  it('SEC-B4.5 is Lax where every host is of the same site', () => {
    expect(rewrite('a=b; SameSite=None; Partitioned; Secure', { sameSite: 'lax' })).toBe('a=b; Secure; SameSite=Lax');
  });

  it.each([
    { path: '/', over: {}, expected: '/' },
    { path: '/x', over: {}, expected: '/x' },
    { path: 'x', over: {}, expected: '/' },
    { path: '', over: {}, expected: '/' },
    { path: '/', over: { strippedMount: '/grafana' }, expected: '/grafana' },
    { path: '/x', over: { strippedMount: '/grafana' }, expected: '/grafana/x' },
    { path: '/grafana', over: { strippedMount: '/grafana' }, expected: '/grafana' },
    { path: '/grafanaX', over: { strippedMount: '/grafana' }, expected: '/grafana/grafanaX' },
    { path: '/base', over: { basePath: '/base' }, expected: '/' },
    { path: '/base/x', over: { basePath: '/base' }, expected: '/x' },
    { path: '/basement', over: { basePath: '/base' }, expected: '/basement' },
    { path: '/base/x', over: { basePath: '/base', strippedMount: '/grafana' }, expected: '/grafana/x' },
  ])('PRX-25 Path=$path becomes $expected', ({ path, over, expected }) => {
    expect(rewrite(`a=b; Path=${path}`, over)?.split('; ')).toContain(`Path=${expected}`);
  });

  it('takes the last of two paths, as browsers do', () => {
    expect(rewrite('a=b; Path=/x; path=/y')).toBe('a=b; Path=/y; Secure; SameSite=None; Partitioned');
  });

  it('keeps Path=/ of a __Host- cookie, which browsers accept with no other', () => {
    expect(rewrite('__Host-other=b; Path=/; Secure', { strippedMount: '/grafana' })?.split('; ')).toContain('Path=/');
  });
});

describe('isOwnCookie', () => {
  it.each(['__Host-framegate', '__Host-framegate-tx', '__host-framegate', ' __Host-framegate '])('SEC-B5.6 knows %j', (name) => {
    expect(isOwnCookie(name)).toBe(true);
  });

  it.each(['framegate', '__Host-frame', '__Secure-framegate', 'x__Host-framegate', ''])("takes %j for somebody else's", (name) => {
    expect(isOwnCookie(name)).toBe(false);
  });
});
