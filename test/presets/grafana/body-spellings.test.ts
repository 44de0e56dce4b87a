// Bodies that are not query requests of today: whatever Go would read of them is named, however it is spelled (SEC-P8).

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefusal, type Resources } from '../../../src/policy/request.ts';
import { readBody } from './kit.ts';

const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
console.log(`body spellings seed: ${seed}`);

/** Keys as Go matches them to the fields of a struct. */
const fold = (key: string): string => key.replaceAll('\u017f', 's').replaceAll('\u212a', 'k').toLowerCase();
const spell = (key: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(key) },
    { weight: 1, arbitrary: fc.constantFrom(key.toUpperCase(), key.toLowerCase(), key.replace('s', '\u017f')) },
  );
const value = fc.constantFrom<unknown>('mine', 'mine', 'mine', 'other', '', 0, 7, '7', null, { uid: 'other' }, ['other']);

type Kind = 'dashboards' | 'dataSources';
interface Row {
  readonly line: string;
  readonly major: number;
  readonly kind: Kind;
  readonly body: fc.Arbitrary<unknown>;
  /** All that a reader of Go's kind may take it for. */
  read(body: unknown): readonly unknown[];
}

/** Values of a key in the outermost object, without case. */
const valuesOf = (body: unknown, name: string): unknown[] =>
  Object.entries(body as object).flatMap(([key, inner]) => (fold(key) === name ? [inner as unknown] : []));

/** Values of a key at any depth. */
function findAll(body: unknown, name: string): unknown[] {
  if (typeof body !== 'object' || body === null) return [];
  return [...(Array.isArray(body) ? [] : valuesOf(body, name)), ...Object.values(body).flatMap((inner) => findAll(inner, name))];
}

const members = (...names: readonly string[]) => fc.dictionary(fc.oneof(...names.map(spell)), value, { minKeys: 1, maxKeys: 3 });
const alert = members('datasourceUid', 'refId').map((query) => ({
  rules: [{ grafana_alert: { data: [query, { datasourceUid: 'mine' }] } }],
}));
/** A uid that counts, and a number beside it, both in the query itself. */
const numbered = fc
  .tuple(members('datasourceId', 'expr'), fc.constantFrom('mine', 'mine', 'other', ''))
  .map(([query, uid]) => ({ queries: [{ ...query, datasource: { uid } }] }));

const isNumber = (id: unknown): boolean => typeof id === 'number' && id > 0;
const readNumbered = (body: unknown): unknown[] =>
  findAll(body, 'datasource')
    .map((source) => (source as { uid: unknown }).uid)
    .concat(findAll(body, 'datasourceid').filter(isNumber));

const ROWS: readonly Row[] = [
  {
    line: 'POST /api/annotations',
    major: 12,
    kind: 'dashboards',
    body: members('dashboardUID', 'dashboardId', 'text'),
    read: (body) => [
      ...valuesOf(body, 'dashboarduid').filter((uid) => uid !== null && uid !== ''),
      ...valuesOf(body, 'dashboardid').filter(isNumber),
    ],
  },
  {
    line: 'POST /api/ruler/grafana/api/v1/rules/x',
    major: 12,
    kind: 'dataSources',
    body: alert,
    read: (body) => findAll(body, 'datasourceuid'),
  },
  { line: 'POST /api/v1/eval', major: 12, kind: 'dataSources', body: alert, read: (body) => findAll(body, 'datasourceuid') },
  { line: 'POST /api/ds/query', major: 9, kind: 'dataSources', body: numbered, read: readNumbered },
  { line: 'POST /api/tsdb/query', major: 9, kind: 'dataSources', body: numbered, read: readNumbered },
];

describe('a body that names something that is not allowed', () => {
  it.each(ROWS)('SEC-P8 never reads as one that names only what is: $line of $major', ({ line, major, kind, body, read }) => {
    let passed = 0;
    fc.assert(
      fc.property(body, (content) => {
        const named = readBody(line, JSON.stringify(content), {}, major);
        if (isRefusal(named) || !isMine(named, kind)) return;
        passed += 1;
        expect(read(content).filter((each) => each !== 'mine')).toEqual([]);
      }),
      { seed, numRuns: 1500 },
    );
    // The test can fail: bodies that pass are among them.
    expect(passed).toBeGreaterThan(10);
  });
});

function isMine(named: Resources, kind: Kind): boolean {
  const names = named[kind] ?? [];
  return names.length > 0 && names.every((name) => name === 'mine');
}
