import { describe, expect, it } from 'vitest';
import { check, makeFolder } from './base-config.ts';

describe('audit', () => {
  it('goes to standard output and keeps denials and writes unless told otherwise', () => {
    expect(check().config?.audit).toEqual({ to: 'stdout', decisions: 'writes' });
  });

  it('takes a file relative to the configuration', () => {
    const cwd = makeFolder({});
    expect(check({ audit: { to: 'file', file: 'audit.log', decisions: 'all' } }, { cwd }).config?.audit).toEqual({
      to: 'file',
      file: `${cwd}/audit.log`,
      decisions: 'all',
    });
  });

  it.each([
    [{ to: 'file' }, /^audit\.file: is missing/],
    [{ file: 'audit.log' }, /^audit\.file: stands beside audit\.to: stdout/],
    [{ to: 'file', file: 'no-such-folder/audit.log' }, /^audit\.file: names a file that cannot be written/],
    [{ to: 'file', file: '.' }, /^audit\.file: names a directory/],
    [{ to: 'syslog' }, /^audit\.to: /],
  ])('says before the start what is wrong with %j', (audit, problem) => {
    expect(check({ audit }, { cwd: makeFolder({}) }).problems).toEqual([expect.stringMatching(problem)]);
  });
});
