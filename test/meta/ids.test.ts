// What the threat model claims, a test proves: each requirement it names is cited by a test.

import { describe, expect, it } from 'vitest';
import { listFiles, readText } from './files.ts';

const ID = /\b(?:SEC|PRX)-[A-Z]*\d+(?:\.\d+)?[a-z]?\b/g;

const model = readText('docs/threat-model.md');
const cited = new Set(
  listFiles()
    .filter((path) => /^test\/.*\.test\.ts$/.test(path) && !path.startsWith('test/meta/'))
    .flatMap((path) => readText(path).match(ID) ?? []),
);

describe('docs/threat-model.md', () => {
  const claimed = [...new Set(model.match(ID))];

  it('names requirements', () => {
    expect(claimed.length).toBeGreaterThan(60);
  });

  it('names none that no test cites', () => {
    // A class such as SEC-B6 counts as cited where one of its rows is.
    expect(claimed.filter((id) => !cited.has(id) && ![...cited].some((other) => other.startsWith(`${id}.`)))).toEqual([]);
  });

  it('names a test in each row of its table', () => {
    const rows = model.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:asset|-)/.test(line));
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) expect(row).toMatch(/\]\(\.\.\/test\/[\w./-]+\)[^|]*\|$/);
  });
});
