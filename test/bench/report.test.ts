import { describe, expect, it } from 'vitest';
import type { Finding } from '../../bench/bench.ts';
import { median, percentile } from '../../bench/load/percentile.ts';
import type { Cost } from '../../bench/measure.ts';
import { compareCosts } from '../../bench/report/compare-costs.ts';
import { buildDocument } from '../../bench/report/document.ts';
import { formatCosts, formatFindings, isMissed } from '../../bench/report/results.ts';
import { formatTable } from '../../bench/report/table.ts';

const cost = (id: string, size: Cost['size'], cpuUs: number): Cost => ({
  id,
  name: `${id} 1.2.3`,
  size,
  cpuUs,
  requestsPerSecond: 1000,
  p50Us: 1500,
  p99Us: 2500,
  rssBytes: 1024 ** 2,
  errors: 0,
});

describe('percentile', () => {
  it.each([
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.5, 2],
    [Array.from({ length: 100 }, (_, index) => 100 - index), 0.99, 99],
    [[10, 9], 0.99, 10],
    [[7], 0, 7],
  ])('of %j at %d is by nearest rank, as numbers', (values, share, expected) => {
    expect(percentile(values, share)).toBe(expected);
  });

  it('of nothing is no number', () => {
    expect(median([])).toBeNaN();
  });
});

describe('ratios', () => {
  const costs = [
    cost('framegate', '1 kB', 50),
    cost('framegate', '64 kB', 120),
    cost('tutorial', '1 kB', 400),
    cost('tutorial', '64 kB', 1),
    cost('caddy', '1 kB', 80),
    cost('caddy', '64 kB', 100),
  ];

  it('are ours to theirs, of the same size', () => {
    const found = compareCosts(costs).map(({ name, value, target }) => ({ name, value, target }));
    expect(found).toEqual([
      { name: 'CPU per 1 kB request, to the tutorial program', value: 0.125, target: 0.25 },
      { name: "CPU per 1 kB request, to Caddy's plain reverse_proxy", value: 0.625, target: 0.9 },
      { name: "CPU per 64 kB request, to Caddy's plain reverse_proxy", value: 1.2, target: 1.05 },
    ]);
  });

  it('compare a shared session store with memory, not the other way round', () => {
    const [found] = compareCosts([cost('framegate', '1 kB', 50), cost('framegate, shared session store', '1 kB', 55)]);
    expect(found).toMatchObject({ value: 1.1, target: 1.15 });
  });

  it('are no number, and so reach nothing, when one of the two answered errors', () => {
    const [found] = compareCosts([{ ...cost('framegate', '1 kB', 1), errors: 1 }, cost('caddy', '1 kB', 100)]);
    expect(found?.value).toBeNaN();
  });

  it('leave out who was not there', () => {
    expect(compareCosts([cost('framegate', '1 kB', 50)])).toEqual([]);
  });
});

describe('a target', () => {
  it.each([
    [0.24, false],
    [0.25, false],
    [0.26, true],
    [Number.NaN, true],
  ])('of 0.25 with %d measured: missed is %s', (value, missed) => {
    expect(isMissed({ name: 'x', value, unit: 'x', target: 0.25 })).toBe(missed);
  });

  it('that nobody set is not missed', () => {
    expect(isMissed({ name: 'x', value: 1000, unit: 'ms' })).toBe(false);
  });
});

describe('tables', () => {
  it('are Markdown, padded for a terminal, the first column to the left', () => {
    expect(
      formatTable(
        ['name', 'us'],
        [
          ['a', '1'],
          ['longer', '1000'],
        ],
      ),
    ).toBe('| name   |   us |\n|--------|-----:|\n| a      |    1 |\n| longer | 1000 |');
  });

  it('show milliseconds for latency and MiB for memory', () => {
    expect(formatCosts([cost('caddy', '1 kB', 79.6)])).toMatch(
      /\| caddy 1\.2\.3 \| 1 kB \| +80 \| +1000 \| +1\.50 \| +2\.50 \| +1 \| +0 \|$/,
    );
  });

  it('say what is reached', () => {
    const findings: Finding[] = [
      { name: 'good', value: 0.2, unit: 'x', target: 0.25, aim: 0.17 },
      { name: 'bad', value: 41.27, unit: 'KiB', target: 40 },
      { name: 'told', value: 1, unit: 'ms' },
    ];
    const [, , good, bad, told] = formatFindings(findings).split('\n');
    expect(good).toMatch(/good \| +0\.20 x \| <= 0\.25 x \| <= 0\.17 x \| +reached \|/);
    expect(bad).toMatch(/bad +\| 41\.3 KiB \| <= 40 KiB \| +\| NOT reached \|/);
    expect(told).toMatch(/told \| +1\.00 ms \| +\| +\| +\|/);
  });
});

describe('the document', () => {
  const result = {
    costs: [cost('caddy', '1 kB', 80)],
    findings: [{ name: 'a target of ours', value: 2, unit: 'x' as const, target: 1 }],
    absent: ['oauth2-proxy is not installed'],
  };

  it('names the setting, what was not reached and who was not there', () => {
    const text = buildDocument({ setting: [['CPU', '2 x Some']], quick: false, result });
    expect(text).toContain('- CPU: 2 x Some\n');
    expect(text).toContain('## Not reached\n\n- a target of ours\n');
    expect(text).toContain('## Left out\n\n- oauth2-proxy is not installed\n');
    expect(text).not.toContain('quick form');
  });

  it('says so when it is from a quick run', () => {
    expect(buildDocument({ setting: [], quick: true, result })).toContain('quick form');
  });
});
