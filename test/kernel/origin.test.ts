import { describe, expect, it } from 'vitest';
import { isLoopbackHostname, parseOrigin } from '../../src/kernel/origin.ts';

describe('parseOrigin', () => {
  it.each(['https://a.test', 'https://a.test:8443', 'http://localhost:8000', 'http://127.0.0.1', 'http://[::1]:8000'])(
    'reads %s',
    (text) => {
      expect(parseOrigin(text)).toBe(text);
    },
  );

  it.each([
    ['a slash at the end', 'https://a.test/'],
    ['a path', 'https://a.test/x'],
    ['a default port', 'https://a.test:443'],
    ['upper case', 'https://A.test'],
    ['user info', 'https://u@a.test'],
    ['a query', 'https://a.test?'],
    ['a fragment', 'https://a.test#'],
    ['a space before', ' https://a.test'],
    ['a tab within', 'https://a.\ttest'],
    ['no scheme', 'a.test'],
    ['a bare scheme', 'https:'],
    ['another scheme', 'ftp://a.test'],
    ['a scheme without an origin', 'data:text/html,x'],
    ['null', 'null'],
    ['nothing', ''],
    ['a star', '*'],
    ['a wildcard', 'https://*.a.test/'],
    ['letters that turn into others', 'https://\u24d0.test'],
  ])('SEC-B18.3 knows no origin in a text with %s', (_name, text) => {
    expect(parseOrigin(text)).toBeUndefined();
  });
});

describe('isLoopbackHostname', () => {
  it.each(['localhost', 'LOCALHOST', 'app.localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])('knows %s', (name) => {
    expect(isLoopbackHostname(name)).toBe(true);
  });

  it.each([
    'localhost.evil.test',
    'notlocalhost',
    '127.0.0.1.evil.test',
    '128.0.0.1',
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '',
    'xlocalhost',
    '127.0.0.1 ',
  ])('does not take %j for it', (name) => {
    expect(isLoopbackHostname(name)).toBe(false);
  });
});
