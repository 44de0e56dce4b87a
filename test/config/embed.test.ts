import { describe, expect, it } from 'vitest';
import { isSameSite } from '../../src/config/same-site.ts';
import { check, resolved } from './base-config.ts';

const withHosts = (...hosts: string[]): Record<string, unknown> => ({ embed: { hosts } });

describe('embed.hosts', () => {
  it.each([
    'https://app.example.com',
    'https://app.example.com:8443',
    'http://localhost:8001',
    'http://127.0.0.1:8001',
    'http://app.localhost',
  ])('takes %s', (host) => {
    expect(resolved(withHosts(host)).embed.hosts).toEqual([host]);
  });

  it.each([
    ['*', 'holds a wildcard'],
    ['https://*', 'holds a wildcard'],
    ['https://*.example.com', 'holds a wildcard'],
    ['https:', 'is a bare scheme'],
    ['https://', 'is a bare scheme'],
    ['http:', 'is a bare scheme'],
    ["'self'", 'is not an origin'],
    ['null', 'is not an origin'],
    ['data:text/html,x', 'is not an origin'],
    ['app.example.com', 'Did you mean https://app.example.com'],
    ['https://app.example.com/', 'Write https://app.example.com'],
    ['https://app.example.com/path', 'Write https://app.example.com'],
    ['https://App.example.com', 'Write https://app.example.com'],
    ['https://app.example.com:443', 'Write https://app.example.com'],
    ['https://user@app.example.com', 'Write https://app.example.com'],
    ['http://app.example.com', 'uses http outside loopback'],
    ['https://a.example.com https://b.example.com', 'is not an origin'],
    ['https://a.example.com;script-src', 'has an unusual host name'],
    ["https://a.example.com,'none'", 'has an unusual host name'],
    ['https://a.example.com\n', 'is not an origin'],
  ])('SEC-D3.2 refuses %j with a way out', (host, says) => {
    expect(check(withHosts(host)).problems).toEqual([expect.stringContaining(says)]);
  });

  it('warns when nobody may frame the dashboards', () => {
    expect(check(withHosts()).warnings).toEqual([expect.stringMatching(/^embed\.hosts: is empty/)]);
  });

  it('lists a host once', () => {
    expect(resolved(withHosts('https://app.example.com', 'https://app.example.com')).embed.hosts).toHaveLength(1);
  });
});

describe('embed.cookies auto', () => {
  it.each([
    { name: 'no host', hosts: [], cookies: 'lax' },
    { name: 'the same host', hosts: ['https://dash.example.com'], cookies: 'lax' },
    { name: 'a sibling', hosts: ['https://app.example.com:8443'], cookies: 'lax' },
    { name: 'the parent', hosts: ['https://example.com'], cookies: 'lax' },
    { name: 'another site', hosts: ['https://app.example.org'], cookies: 'partitioned' },
    { name: 'one of two on another site', hosts: ['https://app.example.com', 'https://app.example.org'], cookies: 'partitioned' },
    { name: 'a look-alike', hosts: ['https://notexample.com'], cookies: 'partitioned' },
    { name: 'another scheme', hosts: ['http://localhost:8001'], cookies: 'partitioned' },
  ])('SEC-D1.1, SEC-D1.2 is $cookies for $name', ({ hosts, cookies }) => {
    expect(resolved({ embed: { hosts, cookies: 'auto' } }).embed.cookies).toBe(cookies);
  });

  it('gives way to what is written, and warns where that cannot work', () => {
    expect(resolved({ embed: { hosts: ['https://app.example.com'], cookies: 'partitioned' } }).embed.cookies).toBe('partitioned');
    const { config, warnings } = check({ embed: { hosts: ['https://app.example.org'], cookies: 'lax' } });
    expect(config?.embed.cookies).toBe('lax');
    expect(warnings).toEqual([expect.stringMatching(/^embed\.cookies: is lax, but https:\/\/app\.example\.org is another site/)]);
  });
});

describe('isSameSite', () => {
  it.each([
    ['https://a.example.com', 'https://b.example.com', true],
    ['https://a.example.co.uk', 'https://b.example.co.uk', true],
    ['https://a.co.uk', 'https://b.co.uk', false],
    ['https://a.github.io', 'https://b.github.io', false],
    ['https://github.io', 'https://github.io', true],
    ['https://a.example.com', 'http://a.example.com', false],
    ['http://localhost:8000', 'http://localhost:8001', true],
    ['http://localhost:8000', 'http://127.0.0.1:8000', false],
    ['http://127.0.0.1:1', 'http://127.0.0.1:2', true],
    ['http://127.0.0.1', 'http://127.0.0.2', false],
    ['http://[::1]:1', 'http://[::1]:2', true],
    ['http://a.localhost', 'http://b.localhost', false],
    ['http://x.a.localhost', 'http://y.a.localhost', true],
  ])('%s and %s: %s', (a, b, same) => {
    expect(isSameSite(a, b)).toBe(same);
    expect(isSameSite(b, a)).toBe(same);
  });
});
