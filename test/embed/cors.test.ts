// Which other origins may read our answers: a list, compared whole (SEC-B18). Never `*`, never what is not on it.

import { describe, expect, it } from 'vitest';
import { answerPreflight, corsHeaders, isPreflight } from '../../src/embed/cors.ts';

const HOSTS = ['https://host.test', 'https://other.test:8443'];
const preflight = (over: Record<string, string | undefined> = {}) => ({
  origin: 'https://host.test',
  'access-control-request-method': 'GET',
  ...over,
});

describe('corsHeaders', () => {
  it.each(HOSTS)('echoes the listed origin %s, with credentials', (origin) => {
    expect(corsHeaders(origin, HOSTS)).toEqual([
      ['Access-Control-Allow-Origin', origin],
      ['Access-Control-Allow-Credentials', 'true'],
    ]);
  });

  it.each([
    undefined,
    '',
    'null',
    '*',
    'https://evil.test',
    'https://host.test.evil',
    'http://host.test',
    'https://HOST.test',
    'https://host.test/',
    'https://host.test:443',
    'https://sub.host.test',
    'https://host.test https://evil.test',
  ])('SEC-B18.1, SEC-B18.3 says nothing to %j', (origin) => {
    expect(corsHeaders(origin, HOSTS)).toEqual([]);
  });

  it('SEC-B18.2 says nothing to anybody without a list', () => {
    expect(corsHeaders('https://host.test', [])).toEqual([]);
    expect(corsHeaders('null', ['null'].slice(1))).toEqual([]);
  });
});

describe('isPreflight', () => {
  it('is OPTIONS with Origin and Access-Control-Request-Method, and nothing else', () => {
    expect(isPreflight('OPTIONS', preflight())).toBe(true);
    expect(isPreflight('GET', preflight())).toBe(false);
    expect(isPreflight('OPTIONS', { origin: 'https://host.test' })).toBe(false);
    expect(isPreflight('OPTIONS', { 'access-control-request-method': 'GET' })).toBe(false);
  });
});

describe('answerPreflight', () => {
  const extra = ['x-grafana-org-id'];

  it('SEC-D7.1 names methods and headers, for ten minutes', () => {
    const answer = Object.fromEntries(
      answerPreflight(preflight({ 'access-control-request-headers': 'content-type, X-Grafana-Org-Id' }), HOSTS, extra) ?? [],
    );
    expect(answer).toMatchObject({
      'Access-Control-Allow-Origin': 'https://host.test',
      'Access-Control-Allow-Credentials': 'true',
      'Access-Control-Max-Age': '600',
    });
    expect(answer['Access-Control-Allow-Methods']?.split(', ')).toContain('POST');
    expect(answer['Access-Control-Allow-Headers']?.split(', ')).toEqual(expect.arrayContaining(['content-type', 'x-grafana-org-id']));
    expect(JSON.stringify(answer)).not.toContain('*');
  });

  it.each([
    ['an origin that is not listed', { origin: 'https://evil.test' }],
    ['Origin: null', { origin: 'null' }],
    ['a method that is not listed', { 'access-control-request-method': 'TRACE' }],
    ['a method in other letters', { 'access-control-request-method': 'get' }],
    ['a header that is not listed', { 'access-control-request-headers': 'x-webauth-user' }],
    ['one of several headers that is not listed', { 'access-control-request-headers': 'content-type,authorization' }],
    ['every header', { 'access-control-request-headers': '*' }],
  ])('SEC-B18.4 refuses %s', (_name, over) => {
    expect(answerPreflight(preflight(over), HOSTS, extra)).toBeUndefined();
  });

  it('takes empty parts in the list of headers for nothing', () => {
    expect(answerPreflight(preflight({ 'access-control-request-headers': ', content-type,' }), HOSTS, [])).toBeDefined();
    expect(answerPreflight(preflight({ 'access-control-request-headers': '' }), HOSTS, [])).toBeDefined();
  });
});
