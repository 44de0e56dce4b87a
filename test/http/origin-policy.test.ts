// SEC-D7.2 as a table: Fetch Metadata first, then Origin, then Referer, else no.

import { describe, expect, it } from 'vitest';
import type { OriginFacts, OriginPolicy } from '../../src/http/origin-policy.ts';
import { describeOrigins, judgeLink, judgeOrigin } from '../../src/http/origin-policy.ts';

const OWN = 'https://p.test';
const HOST = 'https://host.test';
const KNOWN = describeOrigins(OWN, [HOST]);

function judge(policy: OriginPolicy, facts: Partial<OriginFacts>, known = KNOWN): string {
  const nothing = {
    method: 'POST',
    secFetchSite: undefined,
    secFetchMode: undefined,
    secFetchDest: undefined,
    origin: undefined,
    referer: undefined,
  };
  return judgeOrigin(policy, { ...nothing, ...facts }, known);
}

describe('SEC-D7.2 a state change of our own pages', () => {
  it.each<[Partial<OriginFacts>, string]>([
    [{ secFetchSite: 'same-origin' }, 'allow'],
    [{ secFetchSite: 'same-origin', origin: 'null' }, 'allow'],
    [{ secFetchSite: 'same-site', origin: OWN }, 'origin-foreign'],
    [{ secFetchSite: 'cross-site', origin: OWN }, 'origin-foreign'],
    [{ secFetchSite: 'cross-site', origin: HOST }, 'origin-foreign'],
    [{ secFetchSite: 'something-new', origin: OWN }, 'origin-foreign'],
    [{ secFetchSite: 'none', origin: OWN }, 'allow'],
    [{ secFetchSite: 'none' }, 'origin-unknown'],
    [{ origin: OWN }, 'allow'],
    [{ origin: 'null' }, 'origin-foreign'],
    [{ origin: 'https://p.test.evil' }, 'origin-foreign'],
    [{ origin: 'null', referer: `${OWN}/x` }, 'origin-foreign'],
    [{ referer: `${OWN}/x` }, 'allow'],
    [{ referer: `${HOST}/x` }, 'origin-foreign'],
    [{ referer: 'https://p.test.evil/x' }, 'origin-foreign'],
    [{ referer: 'nonsense' }, 'origin-unknown'],
    [{}, 'origin-unknown'],
  ])('%j: %s', (facts, verdict) => {
    expect(judge('same-origin', facts)).toBe(verdict);
  });
});

describe('SEC-D7.2 a ticket', () => {
  it.each<[Partial<OriginFacts>, string]>([
    [{ secFetchSite: 'cross-site', origin: HOST }, 'allow'],
    [{ origin: HOST }, 'allow'],
    [{ referer: `${HOST}/page` }, 'allow'],
    [{ secFetchSite: 'cross-site', secFetchDest: 'iframe', origin: 'null' }, 'allow'],
    [{ secFetchSite: 'cross-site', secFetchDest: 'document', origin: 'null' }, 'origin-null'],
    [{ secFetchSite: 'cross-site', secFetchDest: 'frame', origin: 'null' }, 'origin-null'],
    [{ origin: 'null' }, 'origin-null'],
    [{ secFetchSite: 'same-origin', origin: OWN }, 'allow'],
    [{ origin: OWN }, 'allow'],
    [{ secFetchSite: 'cross-site', origin: 'https://evil.test' }, 'origin-not-listed'],
    [{ secFetchSite: 'cross-site', origin: OWN }, 'origin-not-listed'],
    [{}, 'origin-unknown'],
  ])('%j: %s', (facts, verdict) => {
    expect(judge('listed-hosts', facts)).toBe(verdict);
  });
});

describe('SEC-B12.1 a ticket in a frame from a page without an origin', () => {
  const facts = { secFetchDest: 'iframe', origin: 'null' };
  const sibling = describeOrigins('https://dash.example.com', ['https://app.example.com']);
  const stranger = describeOrigins('https://dash.example.com', ['https://app.example.org']);
  const both = describeOrigins('https://dash.example.com', ['https://app.example.com', 'https://app.example.org']);
  const itself = describeOrigins('https://dash.example.com', ['https://dash.example.com']);

  it.each([
    ['same-site', sibling, 'allow'],
    ['cross-site', sibling, 'origin-null'],
    ['same-site', stranger, 'origin-null'],
    ['cross-site', stranger, 'allow'],
    ['same-site', both, 'allow'],
    ['cross-site', both, 'allow'],
    ['none', both, 'origin-null'],
    ['same-origin', itself, 'allow'],
    ['same-site', itself, 'origin-null'],
    ['cross-site', itself, 'origin-null'],
  ])('%s is judged by the sites of the listed hosts', (secFetchSite, known, verdict) => {
    expect(judge('listed-hosts', { ...facts, secFetchSite }, known)).toBe(verdict);
  });
});

describe('SEC-B12.8 a ticket in an address', () => {
  const judgeTicket = (facts: Partial<OriginFacts>, known = KNOWN): string =>
    judgeLink(
      {
        method: 'GET',
        secFetchSite: undefined,
        secFetchMode: 'navigate',
        secFetchDest: 'iframe',
        origin: undefined,
        referer: undefined,
        ...facts,
      },
      known,
    );

  it.each<[Partial<OriginFacts>, string]>([
    [{ secFetchSite: 'cross-site', referer: `${HOST}/page` }, 'allow'],
    [{ secFetchSite: 'cross-site', secFetchDest: 'document', referer: `${HOST}/` }, 'allow'],
    [{ secFetchSite: 'same-origin', referer: `${OWN}/` }, 'allow'],
    [{ secFetchSite: 'none', secFetchDest: 'document' }, 'allow'],
    [{ secFetchSite: 'cross-site' }, 'allow'],
    [{ secFetchSite: 'same-site' }, 'origin-unknown'],
    [{ secFetchSite: 'cross-site', secFetchDest: 'document' }, 'origin-unknown'],
    [{ secFetchSite: 'cross-site', referer: 'https://evil.test/' }, 'origin-not-listed'],
    [{ secFetchSite: 'cross-site', referer: `${HOST}.evil.test/` }, 'origin-not-listed'],
    [{ secFetchSite: 'cross-site', secFetchDest: 'document', referer: 'https://evil.test/' }, 'origin-not-listed'],
    [{ secFetchSite: undefined, secFetchMode: undefined, secFetchDest: undefined }, 'not-a-navigation'],
    [{ secFetchSite: 'same-origin', secFetchMode: 'cors', secFetchDest: 'empty' }, 'not-a-navigation'],
    [{ secFetchSite: 'cross-site', secFetchMode: 'no-cors', secFetchDest: 'image', referer: `${HOST}/` }, 'not-a-navigation'],
    [{ secFetchSite: 'cross-site', secFetchDest: 'object', referer: `${HOST}/` }, 'not-a-navigation'],
    [{ secFetchSite: 'cross-site', secFetchDest: 'embed', referer: `${HOST}/` }, 'not-a-navigation'],
  ])('%j: %s', (facts, verdict) => {
    expect(judgeTicket(facts)).toBe(verdict);
  });
});

describe('a page that is read', () => {
  it.each<[Partial<OriginFacts>, string]>([
    [{}, 'allow'],
    [{ secFetchSite: 'none', secFetchMode: 'navigate' }, 'allow'],
    [{ secFetchSite: 'same-origin', secFetchMode: 'cors' }, 'allow'],
    [{ secFetchSite: 'cross-site', secFetchMode: 'navigate', secFetchDest: 'document' }, 'allow'],
    [{ secFetchSite: 'cross-site', secFetchMode: 'navigate', secFetchDest: 'iframe' }, 'allow'],
    [{ secFetchSite: 'cross-site', secFetchMode: 'navigate', secFetchDest: 'object' }, 'cross-site-read'],
    [{ secFetchSite: 'cross-site', secFetchMode: 'no-cors', secFetchDest: 'script' }, 'cross-site-read'],
    [{ secFetchSite: 'same-site', secFetchMode: 'cors' }, 'cross-site-read'],
    [{ origin: OWN }, 'allow'],
    [{ origin: HOST }, 'cross-site-read'],
  ])('%j: %s', (facts, verdict) => {
    expect(judge('same-origin', { method: 'GET', ...facts })).toBe(verdict);
  });

  it('is open to all where no cookie is read', () => {
    expect(judge('any', { method: 'GET', secFetchSite: 'cross-site', origin: HOST })).toBe('allow');
  });
});
