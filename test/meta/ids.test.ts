// What documents and source claim, a test proves: each requirement they name is cited by a test.

import { describe, expect, it } from 'vitest';
import { ID, isCited } from './cited-ids.ts';
import { listFiles, readText } from './files.ts';

describe('what claims to meet a requirement', () => {
  const claims = listFiles().filter((path) => /^(?:docs|src|public|examples|bench)\/.*\.(?:md|ts|js)$|^[A-Z]+\.md$/.test(path));

  it('is found', () => {
    expect(claims.length).toBeGreaterThan(300);
  });

  it('names none that no test cites', () => {
    const unproven = claims.flatMap((path) =>
      [...new Set(readText(path).match(ID))].filter((id) => !isCited(id)).map((id) => `${path}: ${id}`),
    );
    expect(unproven).toEqual([]);
  });
});

describe('docs/threat-model.md', () => {
  const model = readText('docs/threat-model.md');

  it('names requirements', () => {
    expect(new Set(model.match(ID)).size).toBeGreaterThan(60);
  });

  it('names a test in each row of its table', () => {
    const rows = model.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:asset|-)/.test(line));
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) expect(row).toMatch(/\]\(\.\.\/test\/[\w./-]+\)[^|]*\|$/);
  });
});
