// The metrics and their page say the same, and the names follow the conventions of Prometheus.

import { describe, expect, it } from 'vitest';
import { METRICS } from '../../src/observe/metric-table.ts';
import { readText } from './files.ts';

const rows = Object.values(METRICS);

describe('the metrics', () => {
  it('are in docs/recipes/metrics.md, each of them, and no others', () => {
    const told = [...readText('docs/recipes/metrics.md').matchAll(/^\| `(framegate_\w+)` \| (\w+) \| (.*) \| (.+) \|$/gm)].map(
      ([, name, type, labels = '', help]) => ({ name, type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label), help }),
    );
    expect(told).toEqual(rows.map(({ name, type, labels, help }) => ({ name, type, labels: [...labels], help })));
  });

  it.each(rows)('$name has a name by the conventions: prefix, base unit, _total for counters alone', ({ name, type, labels }) => {
    expect(name).toMatch(/^framegate_[a-z]+(?:_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(name).not.toMatch(/_(?:ms|millis|milliseconds|minutes|kb|mb|kilobytes|count|sum|bucket)(?:_|$)/);
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    for (const label of labels) expect(label).toMatch(/^(?!le$|job$|instance$)[a-z]+$/);
  });

  it('are named only as they are, in the recipe', () => {
    const names = new Set<string>(rows.map(({ name }) => name));
    const mentioned = readText('docs/recipes/metrics.md').match(/framegate_\w+/g) ?? [];
    expect(mentioned.filter((name) => !names.has(name))).toEqual([]);
  });
});
