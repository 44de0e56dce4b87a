// One script of ours in a page with a Content-Security-Policy of its own: let in, with as little change as there can be.

import { describe, expect, it } from 'vitest';
import { admitScript } from '../../src/embed/admit-script.ts';

const HASH = 'sha256-abc=';

function admit(...policies: string[]) {
  const headers: [string, string][] = [
    ['Content-Type', 'text/html'],
    ...policies.map((policy): [string, string] => ['Content-Security-Policy', policy]),
  ];
  const admission = admitScript(headers, HASH);
  return { ...admission, policies: headers.slice(1).map(([, value]) => value) };
}

describe('admitScript', () => {
  it('without a policy changes nothing', () => {
    expect(admit()).toEqual({ nonce: undefined, needsIntegrity: false, policies: [] });
  });

  it.each([
    ["script-src 'nonce-r4nd0m+/_-=' 'strict-dynamic'"],
    ["default-src 'self'; script-src 'self' 'unsafe-eval' 'nonce-r4nd0m+/_-=' 'strict-dynamic'; object-src 'none'"],
    ["script-src-elem 'nonce-r4nd0m+/_-='; script-src 'none'"],
    ["default-src 'nonce-r4nd0m+/_-='"],
  ])("takes the policy's own nonce: %s", (policy) => {
    expect(admit(policy)).toEqual({ nonce: 'r4nd0m+/_-=', needsIntegrity: false, policies: [policy] });
  });

  it.each([
    ["script-src 'self'"],
    ["script-src https://cdn.test 'SELF'"],
    ["default-src 'self'; img-src *"],
    ['script-src *'],
    ["script-src-elem 'self'; script-src 'none'"],
    ["img-src 'none'; frame-ancestors https://host.test"],
    ["SCRIPT-SRC 'self'"],
    ['sandbox'],
  ])('changes nothing where our origin is let in: %s', (policy) => {
    expect(admit(policy)).toEqual({ nonce: undefined, needsIntegrity: false, policies: [policy] });
  });

  it.each([
    ["script-src 'none'", `script-src '${HASH}'`],
    ["default-src 'none'; img-src *", `default-src '${HASH}'; img-src *`],
    ['script-src https://cdn.test', `script-src https://cdn.test '${HASH}'`],
    [
      "img-src *; script-src 'self' 'strict-dynamic' 'sha256-own='",
      `img-src *; script-src 'self' 'strict-dynamic' 'sha256-own=' '${HASH}'`,
    ],
    ["script-src 'unsafe-inline' 'sha256-own='", `script-src 'unsafe-inline' 'sha256-own=' '${HASH}'`],
    ['script-src', `script-src '${HASH}'`],
    ["script-src-elem https://cdn.test; script-src 'self'", `script-src-elem https://cdn.test '${HASH}'; script-src 'self'`],
  ])('adds the hash, and nothing else, to the directive that governs: %s', (policy, changed) => {
    expect(admit(policy)).toEqual({ nonce: undefined, needsIntegrity: true, policies: [changed] });
  });

  it.each([
    ["script-src 'unsafe-inline'", "script-src 'unsafe-inline' 'self'"],
    ["script-src https://cdn.test 'unsafe-inline' 'unsafe-eval'", "script-src https://cdn.test 'unsafe-inline' 'unsafe-eval' 'self'"],
    ["default-src 'UNSAFE-INLINE' data:", "default-src 'UNSAFE-INLINE' data: 'self'"],
  ])("adds no hash beside 'unsafe-inline', which it would switch off: %s", (policy, changed) => {
    expect(admit(policy)).toEqual({ nonce: undefined, needsIntegrity: false, policies: [changed] });
  });

  it('satisfies each of several policies, in one header or in several', () => {
    expect(admit("script-src 'nonce-one'", "script-src 'self'")).toEqual({
      nonce: 'one',
      needsIntegrity: false,
      policies: ["script-src 'nonce-one'", "script-src 'self'"],
    });
    expect(admit("script-src 'nonce-one', script-src 'none'")).toEqual({
      nonce: 'one',
      needsIntegrity: true,
      policies: [`script-src 'nonce-one', script-src '${HASH}'`],
    });
    expect(admit("script-src 'nonce-one'", "script-src 'nonce-two'")).toEqual({
      nonce: 'one',
      needsIntegrity: true,
      policies: ["script-src 'nonce-one'", `script-src 'nonce-two' '${HASH}'`],
    });
    expect(admit("script-src 'nonce-one'", "script-src 'nonce-one'")).toMatchObject({ nonce: 'one', needsIntegrity: false });
  });

  it('never takes what is no nonce for one', () => {
    const { nonce } = admit(`script-src 'nonce-"><script>x</script>'`);
    expect(nonce).toBeUndefined();
  });

  it('leaves report-only policies alone', () => {
    const headers: [string, string][] = [['Content-Security-Policy-Report-Only', "script-src 'none'"]];
    expect(admitScript(headers, HASH)).toEqual({ nonce: undefined, needsIntegrity: false });
    expect(headers).toEqual([['Content-Security-Policy-Report-Only', "script-src 'none'"]]);
  });
});
