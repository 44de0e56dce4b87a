import { describe, expect, it } from 'vitest';
import { check, resolved } from './base-config.ts';

const withUrl = (url: string, more: object = {}): Record<string, unknown> => ({ upstreams: { grafana: { url, ...more } } });

describe('upstreams.<name>.url', () => {
  it.each([
    ['http://grafana:3000', 'http://grafana:3000', ''],
    ['https://grafana.internal', 'https://grafana.internal', ''],
    ['http://grafana:3000/', 'http://grafana:3000', ''],
    ['http://10.0.0.5:3000/base/two/', 'http://10.0.0.5:3000', '/base/two'],
    ['http://[fd00::5]:3000', 'http://[fd00::5]:3000', ''],
    ['http://my_grafana:3000', 'http://my_grafana:3000', ''],
  ])('takes %s', (url, origin, basePath) => {
    expect(resolved(withUrl(url)).upstreams[0]).toMatchObject({ origin, basePath });
  });

  it.each([
    'http://169.254.169.254',
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166',
    'http://0xa9.0xfe.0xa9.0xfe',
    'http://0251.0376.0251.0376',
    'http://[::ffff:169.254.169.254]',
    'http://[fe80::1]',
    'http://[fd00:ec2::254]',
    'http://metadata.google.internal',
    'http://169.254.169.254.',
  ])('SEC-B22.1 refuses %s, where clouds keep credentials', (url) => {
    expect(check(withUrl(url)).problems).toEqual([expect.stringContaining('link-local or cloud metadata')]);
  });

  it.each([
    ['file:///etc/passwd', 'is not an http or https URL'],
    ['unix:/var/run/docker.sock', 'is the socket of a container engine'],
    ['http://unix:/var/run/docker.sock:/x', 'has a path that servers could read in two ways'],
    ['ftp://grafana', 'is not an http or https URL'],
    ['grafana:3000', 'is not an http or https URL'],
    ['http:///grafana', 'is not an http or https URL'],
    ['http://gra fana', 'is not an http or https URL'],
    ['http://grafana\\@evil', 'is not an http or https URL'],
    ['http://user:pw@grafana:3000', 'holds a user name or password'],
    ['http://grafana:3000/?x=1', 'holds a query or fragment'],
    ['http://grafana:3000/#x', 'holds a query or fragment'],
  ])('SEC-B22.1 refuses %s', (url, says) => {
    expect(check(withUrl(url)).problems).toEqual([expect.stringContaining(says)]);
  });

  it.each(['http://g:1/a//b', 'http://g:1/a/../b', 'http://g:1/%2e%2e/b', 'http://g:1/a;b', 'http://g:1//', 'http://g:1/.'])(
    'refuses the ambiguous path of %s',
    (url) => {
      expect(check(withUrl(url)).problems).toEqual([expect.stringContaining('has a path that servers could read in two ways')]);
    },
  );

  it('refuses itself, by publicUrl and by its own listeners', () => {
    const circle = [expect.stringContaining('is framegate itself')];
    expect(check(withUrl('https://dash.example.com')).problems).toEqual(circle);
    expect(check(withUrl('http://localhost:8000')).problems).toEqual(circle);
    expect(check(withUrl('http://127.0.0.1:8002')).problems).toEqual(circle);
    expect(check(withUrl('http://0.0.0.0:8000')).problems).toEqual(circle);
    expect(check(withUrl('http://127.0.0.1:8003')).problems).toEqual([]);
    expect(check(withUrl('http://grafana:8000')).problems).toEqual([]);
  });
});

describe('mounts', () => {
  it('refuses two upstreams at one mount', () => {
    const upstreams = { a: { url: 'http://a:1' }, b: { url: 'http://b:1' } };
    expect(check({ upstreams }).problems).toEqual([expect.stringMatching(/^upstreams\.b\.mount: is the mount of upstreams\.a too/)]);
    expect(check({ upstreams: { ...upstreams, b: { url: 'http://b:1', mount: '/b' } } }).problems).toEqual([]);
  });

  it.each(['/_gate', '/_gate/x'])('refuses %s, which is reserved', (mount) => {
    expect(check(withUrl('http://g:1', { mount })).problems).toEqual([expect.stringContaining("lies under framegate's own paths")]);
  });

  it.each(['/..', '/a/./b', '/a/../_gate'])('refuses the dots of %s', (mount) => {
    expect(check(withUrl('http://g:1', { mount })).problems).toEqual([expect.stringContaining('holds a "." or ".." segment')]);
  });

  it.each(['', 'grafana', '/grafana/', '//', '/a//b', '/a%2fb', '/a;b', '/a b'])('refuses %j', (mount) => {
    expect(check(withUrl('http://g:1', { mount })).problems).toEqual([expect.stringContaining('is not a mount path')]);
  });

  it('takes names that only begin like the reserved one', () => {
    expect(check(withUrl('http://g:1', { mount: '/_gates' })).problems).toEqual([]);
  });
});

describe('identityHeaders', () => {
  it('are those of the preset when absent, and exactly those given otherwise', () => {
    expect(resolved(withUrl('http://g:1')).upstreams[0]?.identityHeaders).toBeUndefined();
    expect(resolved(withUrl('http://g:1', { identityHeaders: { user: 'x-user' } })).upstreams[0]?.identityHeaders).toEqual({
      user: 'x-user',
    });
  });

  it.each(['Host', 'cookie', 'Content-Length', 'Transfer-Encoding', 'X-Forwarded-For', 'Connection', 'Authorization'])(
    'refuse %s, which has a meaning of its own',
    (user) => {
      expect(check(withUrl('http://g:1', { identityHeaders: { user } })).problems).toEqual([
        expect.stringContaining('is a header with a meaning of its own'),
      ]);
    },
  );

  it('SEC-H3 refuse a name that an upstream may confuse with another', () => {
    expect(check(withUrl('http://g:1', { identityHeaders: { user: 'X_User' } })).problems).toEqual([
      expect.stringContaining('is not a header name'),
    ]);
  });

  it('SEC-H4 refuse one header for two values, in whatever case', () => {
    expect(check(withUrl('http://g:1', { identityHeaders: { user: 'X-User', name: 'x-user' } })).problems).toEqual([
      expect.stringContaining('is the header of user too'),
    ]);
  });

  it('warn when the upstream would not learn who is asking', () => {
    expect(check(withUrl('http://g:1', { identityHeaders: { name: 'X-Name' } })).warnings).toEqual([
      expect.stringContaining('the upstream is not told who is asking'),
    ]);
  });
});

describe('other keys of an upstream', () => {
  it('SEC-D8.13 turns timeouts into milliseconds', () => {
    expect(resolved(withUrl('http://g:1', { timeouts: { connect: '500ms' } })).upstreams[0]?.timeouts).toEqual({
      connectMs: 500,
      firstByteMs: 30_000,
      idleMs: 60_000,
    });
  });

  it.each([
    ['0s', 'must be more than zero'],
    ['30d', 'is too long'],
  ])('refuses a timeout of %s, with which a timer would fire at once', (connect, says) => {
    expect(check(withUrl('http://g:1', { timeouts: { connect } })).problems).toEqual([expect.stringContaining(says)]);
  });

  it("SEC-H11 refuses to forward framegate's own cookie", () => {
    expect(check(withUrl('http://g:1', { forwardCookies: ['__Host-framegate'] })).problems).toEqual([
      expect.stringContaining('never goes upstream'),
    ]);
  });
});
