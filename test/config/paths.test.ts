import { describe, expect, it } from 'vitest';
import { check, resolved } from './base-config.ts';

const withPaths = (paths: readonly object[], rest: object = { preset: 'generic' }): Record<string, unknown> => ({
  upstreams: { main: { url: 'http://reports:8080', ...rest, paths } },
});
const rule = (path: string, over: object = {}) => ({ path, capability: 'dashboard:read', ...over });
const problemsOf = (...paths: object[]): string[] => check(withPaths(paths)).problems;
const warningsOf = (...paths: object[]): string[] => check(withPaths(paths)).warnings.filter((each) => each.includes('.paths['));

describe('upstreams.NAME.paths', () => {
  it('are judged in the order in which they are written; there are none by default', () => {
    const paths = [rule('/a/*.js', { methods: ['GET'] }), rule('/**', { capability: 'unknown' })];
    expect(resolved(withPaths(paths)).upstreams[0]?.paths).toEqual(paths);
    expect(resolved({}).upstreams[0]?.paths).toEqual([]);
  });

  it.each(['/', '/**', '/a', '/a/', '/a/*', '/a-*.js/b', '/a/**', '/caf%C3%A9', '/a%20b'])('may be %s', (path) => {
    expect(problemsOf(rule(path))).toEqual([]);
  });

  it.each([
    '',
    'a',
    '//',
    '//a',
    '/a//b',
    '/../a',
    '/a/.',
    '/**/a',
    '/a**',
    '/*a*',
    '/a?x',
    '/a;b',
    '/%61',
    '/%2f',
    '/%c3%a9',
    '/%FF',
    '/\u00e9',
    '/a b',
  ])('may not be "%s"', (path) => {
    expect(problemsOf(rule(path)).join()).toContain('is not a path pattern');
  });

  it('name capabilities and methods that exist', () => {
    expect(problemsOf(rule('/a', { capability: 'dashboards:read' }))).toHaveLength(1);
    expect(problemsOf(rule('/a', { methods: ['FETCH'] }))).toHaveLength(1);
    expect(problemsOf(rule('/a', { methods: [] }))).toHaveLength(1);
    expect(problemsOf({ path: '/a' })).toHaveLength(1);
  });

  it('are for the preset generic', () => {
    expect(check(withPaths([rule('/a')], { preset: 'grafana' })).problems.join()).toContain('is for the preset generic');
  });

  it.each([
    [rule('/a/**'), rule('/a')],
    [rule('/a/**'), rule('/a/b/**')],
    [rule('/**'), rule('/a/*')],
    [rule('/*'), rule('/a*')],
    [rule('/a', { methods: ['GET', 'POST'] }), rule('/a', { methods: ['POST'] })],
  ])('warn of one that never counts, %o before %o', (...paths) => {
    expect(warningsOf(...paths)).toHaveLength(1);
  });

  it.each([
    [rule('/a/*'), rule('/a/**')],
    [rule('/a'), rule('/a/**')],
    [rule('/a*'), rule('/*')],
    [rule('/a', { methods: ['GET'] }), rule('/a')],
  ])('do not warn of %o before %o', (...paths) => {
    expect(warningsOf(...paths)).toEqual([]);
  });

  it('make rules about capabilities grant something', () => {
    const access = { rules: [{ name: 'viewers', who: { groups: ['a'] }, may: ['view'] }] };
    const warnings = (paths: object[]) => check({ ...withPaths(paths), access }).warnings.join();
    expect(warnings([])).toContain('grants nothing');
    expect(warnings([rule('/a')])).not.toContain('grants nothing');
  });
});

describe('rules for upstreams that name nothing', () => {
  const warningsFor = (preset: string, rule: object): string =>
    check({
      upstreams: { main: { url: 'http://other:8080', preset } },
      access: { rules: [{ name: 'limited', who: { groups: ['a'] }, ...rule }] },
    }).warnings.join();

  it.each(['prometheus', 'node-red'])('are warned of where `on` limits them, with the preset %s', (preset) => {
    const limited = { on: { dashboards: ['hall'] } };
    expect(warningsFor(preset, { may: ['view'], ...limited })).toContain('that no request to its upstream names');
    expect(warningsFor(preset, { deny: ['dashboard:read'], ...limited })).toContain('that no request to its upstream names');
    expect(warningsFor(preset, { may: ['view'], on: { upstream: 'main' } })).toBe('');
    expect(warningsFor('grafana', { may: ['view'], ...limited })).not.toContain('names');
  });
});
