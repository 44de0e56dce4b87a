import { describe, expect, it } from 'vitest';
import { isDomain, parseEmail } from '../../src/config/email.ts';
import { isPlainHostname } from '../../src/config/web-url.ts';
import { check, resolved } from './base-config.ts';

const withWho = (who: object, more: object = {}): Record<string, unknown> => ({
  access: { rules: [{ name: 'r', who, may: ['everything'], ...more }] },
});
const whoProblems = (who: object): string[] => check(withWho(who)).problems;

describe('access.rules', () => {
  it('SEC-P9 lets nobody in without rules, and warns', () => {
    const { config, warnings } = check({ access: {} });
    expect(config?.rules).toEqual([]);
    expect(warnings).toEqual(['access.rules: is empty, so nobody may do anything. Add a rule.']);
  });

  it('compares e-mails and domains in lower case, logins and groups exactly', () => {
    const who = { users: ['Alice'], emails: ['A@Example.com'], domains: ['Example.COM'], groups: ['Ops'] };
    expect(resolved(withWho(who, { as: { role: 'Viewer' }, on: { upstream: 'grafana' } })).rules).toEqual([
      {
        name: 'r',
        who: { everyone: false, users: ['Alice'], emails: ['a@example.com'], domains: ['example.com'], groups: ['Ops'] },
        effect: 'allow',
        capabilities: ['everything'],
        upstream: 'grafana',
        limits: {},
        when: undefined,
        role: 'Viewer',
        orgId: undefined,
      },
    ]);
  });

  it.each([
    ['.example.com', 'Write example.com; each sub-domain is listed for itself'],
    ['*.example.com', 'Write example.com; each sub-domain is listed for itself'],
    ['@example.com', 'Write example.com'],
    ['example.com.', 'Write example.com'],
    ['exa mple.com', 'Write it as example.com'],
    ['example..com', 'Write it as example.com'],
    ['m\u00fcnchen.example', 'Write xn--mnchen-3ya.example'],
  ])('SEC-R3 refuses the domain %s', (domain, wayOut) => {
    expect(whoProblems({ domains: [domain] })).toEqual([expect.stringContaining(wayOut)]);
  });

  it.each(['a', '@example.com', 'a@b@example.com', 'a b@example.com', 'a@', 'a@.example.com', `${'x'.repeat(250)}@a.test`])(
    'SEC-R5 refuses the e-mail %s',
    (email) => {
      expect(whoProblems({ emails: [email] }).length).toBe(1);
    },
  );

  it.each(['^(a+)+$', 'a.*', '*', 'alice smith'])('SEC-R4, SEC-B20.1 takes no patterns: refuses the user %s', (user) => {
    expect(whoProblems({ users: [user] })).toEqual([expect.stringMatching(/^access\.rules\[0\]\.who\.users\[0\]: can never be a login/)]);
  });

  it('SEC-R4 takes a group for the literal it is', () => {
    expect(resolved(withWho({ groups: ['^(a+)+$'] })).rules[0]?.who.groups).toEqual(['^(a+)+$']);
  });

  it('refuses a rule for an upstream that is not there, with a near miss', () => {
    expect(check(withWho({ everyone: true }, { on: { upstream: 'grafna' } })).problems).toEqual([
      'access.rules[0].on.upstream: is not an upstream ("grafna"). Did you mean "grafana"? Known: grafana.',
    ]);
  });

  it('refuses two rules of one name', () => {
    const rule = { name: 'r', who: { groups: ['a'] }, may: ['everything'] };
    expect(check({ access: { rules: [rule, rule] } }).problems).toEqual([
      expect.stringMatching(/^access\.rules\[1\]\.name: is the name of an earlier rule/),
    ]);
  });

  it('refuses a rule that names nobody, or grants nothing', () => {
    expect(whoProblems({})).toEqual([expect.stringContaining('names nobody')]);
    expect(whoProblems({ everyone: false })).toEqual([expect.stringContaining('Write true')]);
    expect(check(withWho({ everyone: true }, { may: [] })).problems).toEqual([expect.stringMatching(/^access\.rules\[0\]\.may: is empty/)]);
  });

  it('warns about a rule for nobody, and about everything for everybody', () => {
    expect(check(withWho({ groups: [] })).warnings).toEqual([expect.stringContaining('the rule is for nobody')]);
    expect(check(withWho({ everyone: true })).warnings).toEqual([expect.stringContaining('lets everybody who is signed in do everything')]);
  });
});

describe('matchers', () => {
  it.each([
    ['e-mail', (text: string) => parseEmail(text)],
    ['domain', (text: string) => isDomain(text)],
    ['host name', (text: string) => isPlainHostname(text)],
  ])('SEC-B20.2 judges 8 KB of %s in linear time', (_name, judge) => {
    const inputs = ['a', 'a-', 'a.', '-', '@', 'a@'].map((piece) => `${piece.repeat(8192 / piece.length)}!`);
    const startedMs = performance.now();
    for (const input of inputs) for (let round = 0; round < 10; round++) judge(input);
    // 60 judgements; an exponential matcher would not end, a quadratic one takes seconds.
    expect(performance.now() - startedMs).toBeLessThan(500);
  });

  it.each([
    ['example.com', true],
    ['a-b.example', true],
    ['localhost', true],
    ['-a.example', false],
    ['a-.example', false],
    [`${'x'.repeat(64)}.example`, false],
    ['EXAMPLE.com', false],
  ])('isDomain(%s) is %s', (text, expected) => {
    expect(isDomain(text)).toBe(expected);
  });
});
