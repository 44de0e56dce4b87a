// No other spelling of a path, a body or a message reaches with `view` what its plain form does not (SEC-P3, SEC-P8).
// The reader that it is held against is a second, plain one: Go's way of reading, written down in a few lines.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandCapabilities } from '../../../src/policy/bundles.ts';
import { isRefusal } from '../../../src/policy/request.ts';
import { judge, judgeFrame, readBody, readFixture } from './kit.ts';

const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
console.log(`spellings seed: ${seed}`);

const check = <T>(property: fc.IProperty<T>, numRuns: number) => fc.assert(property, { seed, numRuns, endOnFailure: true });

const view = expandCapabilities('allow', ['view']);
const capabilityOf = (method: string, target: string): string => {
  const verdict = judge(`${method} ${target}`);
  return isRefusal(verdict) ? 'refused' : verdict.capability;
};

interface InventoryRoute {
  readonly method: string;
  readonly pattern: string;
}
const routes = (readFixture('routes.json') as InventoryRoute[])
  .filter(({ method }) => method !== 'WS')
  .map(({ method, pattern }) => ({
    method: method === 'ANY' ? 'POST' : method,
    path: pattern
      .replaceAll(/\{([^}|]+)[^}]*\}/g, '$1')
      .replaceAll(':namespace', 'default')
      .replaceAll(/:(?:orgId|id)/g, '7')
      .replaceAll(/:\w+/g, 'x')
      .replace(/\*$/, 'rest'),
  }));
const beyond = routes.filter(({ method, path }) => !view.has(capabilityOf(method, path) as never));

/** The path that Grafana's router sees: each segment unescaped once; and the whole, which it compares with fixed routes. */
function readings(path: string): string[] {
  try {
    return [path.split('/').map(decodeURIComponent).join('/'), decodeURIComponent(path)];
  } catch {
    return [];
  }
}

const escaped = (text: string): string => `%${text.charCodeAt(0).toString(16)}`;

/** One change of a spelling at a place of the path. */
const change: fc.Arbitrary<(path: string) => string> = fc.tuple(fc.nat(), fc.nat({ max: 9 })).map(([at, kind]) => (path: string) => {
  const index = at % Math.max(1, path.length);
  const [before, here, after] = [path.slice(0, index), path[index] ?? '', path.slice(index + 1)];
  switch (kind) {
    case 0:
    case 1:
      return before + escaped(here) + after;
    case 2:
      return before + (here === here.toUpperCase() ? here.toLowerCase() : here.toUpperCase()) + after;
    case 3:
      return `${before}/${here}${after}`;
    case 4:
      return `${before}/../${here}${after}`;
    case 5:
      return `${before}%2f${here}${after}`;
    case 6:
      return `${path}/`;
    case 7:
      return `${path};x=1`;
    case 8:
      return `${before}%2e%2e%2f${here}${after}`;
    default:
      return `/public/../${path}`;
  }
});

describe('a path in another spelling', () => {
  it('never comes from beyond view into view, unless Grafana reads it as another path', () => {
    expect(beyond.length).toBeGreaterThan(600);
    check(
      fc.property(fc.constantFrom(...beyond), fc.array(change, { minLength: 1, maxLength: 3 }), ({ method, path }, changes) => {
        const other = changes.reduce((text, each) => each(text), path);
        const verdict = judge(`${method} ${other}`);
        if (isRefusal(verdict) || !view.has(verdict.capability)) return;
        // What is granted has one reading, and that one is in view in its plain spelling.
        for (const reading of readings(other)) {
          expect(reading.replace(/\/$/, '')).not.toBe(path.replace(/\/$/, ''));
          expect(reading).not.toMatch(/\/\.{1,2}(?:\/|$)/);
        }
      }),
      3000,
    );
  });

  it('SEC-P3 is judged without an exception, whatever it is', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.webPath());
    check(
      fc.property(fc.constantFrom('GET', 'POST', 'HEAD', 'x'), text, text, (method, path, query) => {
        const verdict = judge(`${method} /${path.replaceAll(/[ ?]/g, '')}?${query.replaceAll(' ', '')}`);
        expect(isRefusal(verdict) || typeof verdict.capability === 'string').toBe(true);
      }),
      1000,
    );
  });

  it('names one dashboard, the one that Grafana reads', () => {
    const uid = fc.string({ unit: fc.constantFrom('a', 'b', '-', '%', '2', 'f', 'F', '/', '.', ';', ' ', '\u00e9'), maxLength: 6 });
    check(
      fc.property(uid, fc.boolean(), (name, isEscaped) => {
        const path = `/d/${isEscaped ? encodeURIComponent(name) : name.replaceAll(/[ ?]/g, '')}`;
        const verdict = judge(`GET ${path}`);
        if (isRefusal(verdict) || verdict.capability !== 'dashboard:read') return;
        expect(verdict.resources.dashboards).toEqual([decodeURIComponent(path.split('/')[2] ?? '')]);
      }),
      1000,
    );
  });
});

/** As Go reads a query request: keys of the outermost object without case, the last one counts; in a query with case. */
function readAsGo(body: string): Set<string> {
  const fold = (key: string) => key.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase();
  const found = new Set<string>();
  for (const [key, value] of Object.entries(JSON.parse(body) as object)) {
    if (fold(key) !== 'queries' || !Array.isArray(value)) continue;
    for (const query of value as Record<string, unknown>[]) {
      for (const source of Object.entries(query ?? {})
        .filter(([name]) => fold(name) === 'datasource')
        .map(([, inner]) => inner)) {
        if (typeof source === 'string') found.add(source);
        if (typeof source === 'object' && source !== null)
          for (const [name, uid] of Object.entries(source)) if (fold(name) === 'uid') found.add(String(uid));
      }
    }
  }
  return found;
}

const spell = (key: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(key) },
    { weight: 1, arbitrary: fc.constantFrom(key.toUpperCase(), key.replace('s', '\u017f'), `${key[0]?.toUpperCase()}${key.slice(1)}`) },
  );
const uid = fc.constantFrom('mine', 'mine', 'mine', 'mine', 'secret', '', 7, null, { uid: 'secret' }, ['secret']);
const source = fc.oneof(uid, fc.dictionary(spell('uid'), uid, { minKeys: 1, maxKeys: 2 }));
const query = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.dictionary(fc.oneof(spell('datasource'), spell('datasourceId'), fc.constantFrom('expr', 'refId')), source, {
      minKeys: 1,
      maxKeys: 3,
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom(null, [], 'secret') },
);
const body = fc
  .dictionary(spell('queries'), fc.oneof(fc.array(query, { maxLength: 3 }), query), { minKeys: 1, maxKeys: 3 })
  .map((value) => JSON.stringify(value));

describe('a body that names a data source that is not allowed', () => {
  it('never reads as one that names only the allowed one', () => {
    let allowed = 0;
    check(
      fc.property(body, (text) => {
        const named = readBody('POST /api/ds/query', text);
        if (isRefusal(named)) return;
        const uids = named.dataSources ?? [];
        if (uids.length === 0 || uids.some((each) => each !== 'mine')) return;
        allowed += 1;
        expect([...readAsGo(text)], text).not.toContain('secret');
      }),
      5000,
    );
    // The test can fail: bodies that pass are among them.
    expect(allowed).toBeGreaterThan(10);
  });

  it('reads the same in a message of the socket', () => {
    check(
      fc.property(body, (text) => {
        const [command] = judgeFrame(`{"rpc":{"method":"grafana.query","data":${text}},"id":1}`);
        const named = readBody('POST /api/ds/query', text);
        expect(command?.verdict).toEqual(isRefusal(named) ? named : { capability: 'datasource:query', resources: named });
      }),
      500,
    );
  });
});
