// The checklist of a correct forwarder (PRX-1 to PRX-43): a test cites each of its rules.

import { describe, expect, it } from 'vitest';
import { listFiles, readText } from './files.ts';

const cited = new Set(
  listFiles()
    .filter((path) => /^test\/.*\.test\.ts$/.test(path) && !path.startsWith('test/meta/'))
    .flatMap((path) => readText(path).match(/\bPRX-\d+\b/g) ?? []),
);

describe('the checklist', () => {
  it('PRX-1 to PRX-42 are each cited by a test', () => {
    const rules = Array.from({ length: 42 }, (_, index) => `PRX-${index + 1}`);
    expect(rules.filter((id) => !cited.has(id))).toEqual([]);
  });

  it('PRX-43 the checks run the suite, for both engines, on a newer Node too', () => {
    const script = readText('.ci/run');
    const step = script.slice(script.indexOf('step other_node')).split(/[^\\]\n/, 1)[0] ?? '';
    expect(script).toMatch(/node@2[6-9]/);
    for (const part of ['--project main', '--project http-proxy', 'test/proxy', 'test/security']) expect(step).toContain(part);
  });
});
