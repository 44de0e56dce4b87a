// Redirects of an upstream: its own address becomes the public one, listed hosts pass, everything else is no answer
// that a browser may get (SEC-B4.7, SEC-B4.8, PRX-25).

import { describe, expect, it } from 'vitest';
import { type LocationRules, rewriteLocation } from '../../src/proxy/location.ts';

const RULES: LocationRules = {
  publicOrigin: 'https://p.test',
  upstreamOrigin: 'http://grafana:3000',
  basePath: '',
  strippedMount: '',
  allowedOrigins: ['https://host.test'],
};
const rewrite = (value: string, over: Partial<LocationRules> = {}) => rewriteLocation(value, { ...RULES, ...over });

describe('rewriteLocation', () => {
  it.each([
    ['/d/x?orgId=1#y', '/d/x?orgId=1#y'],
    ['/', '/'],
    ['d/x', 'd/x'],
    ['./x', './x'],
    ['?a=b', '?a=b'],
    ['#a', '#a'],
    ['', ''],
    ['x:y'.replace('x:', 'd%3A'), 'd%3Ay'],
    ['/..//evil.test', '/..//evil.test'],
  ])('leaves %j, which is relative, as it is', (value, expected) => {
    expect(rewrite(value)).toBe(expected);
  });

  it.each([
    ['http://grafana:3000/d/x?y#z', 'https://p.test/d/x?y#z'],
    ['http://grafana:3000', 'https://p.test/'],
    ['HTTP://GRAFANA:3000/d', 'https://p.test/d'],
    ['//grafana:3000/d', 'https://p.test/d'],
    ['http:/d', 'https://p.test/d'],
  ])('SEC-B4.7 turns the upstream of %j into the public origin', (value, expected) => {
    expect(rewrite(value)).toBe(expected);
  });

  it.each([
    ['https://p.test/d', 'https://p.test/d'],
    ['https://host.test/page?x', 'https://host.test/page?x'],
  ])('PRX-25 lets %j pass', (value, expected) => {
    expect(rewrite(value)).toBe(expected);
  });

  it.each([
    'https://evil.test/',
    '//evil.test/',
    '///evil.test/',
    'http://grafana:3001/',
    'https://grafana:3000/',
    'http://grafana.evil.test:3000/',
    'http://p.test/',
    'https://p.test.evil.test/',
    'https://p.test@evil.test/',
    'https://user@p.test/',
    'http://grafana:3000@evil.test/',
    'https://host.test:444/',
    'http://host.test/',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    '/\\evil.test',
    '\\\\evil.test',
    '/\t/evil.test',
    'https:\\\\evil.test',
    '/a b',
    '/\u00e9',
    'http://',
    'blob:https://p.test/x',
    'blob:http://grafana:3000/x',
    'about:blank',
    'ws://grafana:3000/',
  ])('SEC-B4.8 refuses %j', (value) => {
    expect(rewrite(value)).toBeUndefined();
  });

  describe('below a mount that was stripped', () => {
    it.each([
      ['/d/x', '/grafana/d/x'],
      ['/', '/grafana/'],
      ['http://grafana:3000/d/x', 'https://p.test/grafana/d/x'],
      // Grafana whose root_url has the mount writes it by itself (grafana.md 2.4).
      ['/grafana/d/x', '/grafana/d/x'],
      ['/grafana', '/grafana'],
      ['/grafana?x=1', '/grafana?x=1'],
      ['/grafanaX', '/grafana/grafanaX'],
      ['https://p.test/grafana/d/x', 'https://p.test/grafana/d/x'],
    ])('PRX-25 %j becomes %j', (value, expected) => {
      expect(rewrite(value, { strippedMount: '/grafana' })).toBe(expected);
    });
  });

  describe('of an upstream with a base path', () => {
    it.each([
      ['/base/d/x', '/d/x'],
      ['/base', '/'],
      ['/base?x=1', '/?x=1'],
      ['/base#x', '/#x'],
      ['/basement', '/basement'],
      ['http://grafana:3000/base/d', 'https://p.test/d'],
    ])('PRX-25 %j becomes %j', (value, expected) => {
      expect(rewrite(value, { basePath: '/base' })).toBe(expected);
    });

    it('PRX-25 and a stripped mount: the one goes, the other comes', () => {
      expect(rewrite('/base/d/x', { basePath: '/base', strippedMount: '/grafana' })).toBe('/grafana/d/x');
    });

    it('SEC-B4.8 taking it away never leaves another host', () => {
      expect(rewrite('/base//evil.test/x', { basePath: '/base' })).toBeUndefined();
      expect(rewrite('http://grafana:3000/base//evil.test/x', { basePath: '/base' })).toBe('https://p.test//evil.test/x');
    });
  });

  it('whatever comes out leads to the public origin or a listed host', () => {
    const parts = [
      '/',
      '//',
      '\\',
      'evil.test',
      'http:',
      'https:',
      'blob:',
      '@',
      '..',
      'base',
      'grafana:3000',
      'p.test',
      'x',
      '?',
      '#',
      ':',
      '%2f',
    ];
    for (const a of parts) {
      for (const b of parts) {
        for (const c of parts) {
          for (const value of [a + b + c, `/base${a}${b}${c}`]) {
            const result = rewrite(value, { basePath: '/base' });
            if (result !== undefined)
              expect(['https://p.test', 'https://host.test'], value).toContain(new URL(result, 'https://p.test/d/x').origin);
          }
        }
      }
    }
  });
});
