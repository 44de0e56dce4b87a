// The checklists of what framegate must do (PRX) and withstand (SEC): a test cites each of their requirements.

import { describe, expect, it } from 'vitest';
import { isCited } from './cited-ids.ts';
import { readText } from './files.ts';

/** How many requirements there are of each kind. */
const COUNTS = {
  'PRX-': 42,
  'SEC-F': 10,
  'SEC-G': 8,
  'SEC-H': 16,
  'SEC-P': 13,
  'SEC-R': 12,
  'SEC-J': 7,
  'SEC-N': 9,
  'SEC-C': 16,
};

/** Rows of each class of bad input, from SEC-B1 on. */
const INPUTS = [6, 6, 8, 11, 6, 19, 7, 9, 6, 6, 4, 8, 2, 16, 6, 2, 6, 5, 1, 4, 5, 2];
/** Rows of each group of defaults, from SEC-D1 on. */
const DEFAULTS = [5, 5, 2, 9, 5, 2, 4, 13, 3, 3, 2, 3, 5];

/** What no test of this repository can show. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'SEC-C1': 'what Chrome does',
  'SEC-C8': 'the Storage Access API is not used',
  'SEC-C9': 'what a credentialless frame does: a ticket at each load',
  'SEC-C11': 'what a host page may delegate',
  'SEC-C15': 'what another product does',
  'SEC-C16': 'which host name to choose',
  'SEC-D13.3': 'how a release is made',
  'SEC-D13.4': 'how a release is made',
  'SEC-F10': 'how advisories are cited',
  'SEC-N9': 'no configuration of another program is generated',
};

const number = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
const numberRows = (prefix: string, rows: readonly number[]): string[] =>
  rows.flatMap((count, index) => number(`${prefix}${index + 1}.`, count));
const required = [
  ...Object.entries(COUNTS).flatMap(([prefix, count]) => number(prefix, count)),
  ...numberRows('SEC-B', INPUTS),
  ...numberRows('SEC-D', DEFAULTS),
];

describe('the checklists', () => {
  it('are each cited by a test, save for what no test can show', () => {
    expect(required.length).toBeGreaterThan(300);
    expect(required.filter((id) => !isCited(id) && ELSEWHERE[id] === undefined)).toEqual([]);
  });

  it('excuse nothing that a test shows, and nothing that is not there', () => {
    expect(Object.keys(ELSEWHERE).filter((id) => isCited(id) || !required.includes(id))).toEqual([]);
  });

  it('PRX-43 the checks run the suite, for both engines, on a newer Node too', () => {
    const script = readText('.ci/run');
    const step = script.slice(script.indexOf('step other_node')).split(/[^\\]\n/, 1)[0] ?? '';
    expect(script).toMatch(/node@2[6-9]/);
    for (const part of ['--project main', '--project http-proxy', 'test/proxy', 'test/security']) expect(step).toContain(part);
  });
});
