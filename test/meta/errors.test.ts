// The table of errors and its page say the same, both ways.

import { describe, expect, it } from 'vitest';
import { ERROR_TABLE } from '../../src/kernel/errors.ts';
import { listSources, readText } from './files.ts';

const rows = [...readText('docs/errors.md').matchAll(/^\| `(FRAMEGATE_[A-Z_]+)` \| (\d{3}) \| (.+) \| (.+) \| (.+) \|$/gm)].map(
  ([, code = '', status = '', ...cells]) => ({ code, status: Number(status), cells }),
);

describe('docs/errors.md', () => {
  it('has one row for each code, in the order of the table, with its status', () => {
    const expected = Object.entries(ERROR_TABLE).map(([code, { status }]) => ({ code, status }));
    expect(rows.map(({ code, status }) => ({ code, status }))).toEqual(expected);
  });

  it('says for each what it means, and what an operator and a viewer can do', () => {
    for (const { code, cells } of rows) {
      expect(cells, code).toHaveLength(3);
      for (const cell of cells) expect(cell.length, code).toBeGreaterThan(8);
    }
  });

  it('knows no code that is used nowhere', () => {
    const used = listSources()
      .filter((path) => path !== 'src/kernel/errors.ts')
      .map(readText)
      .join('\n');
    expect(Object.keys(ERROR_TABLE).filter((code) => !used.includes(`'${code}'`))).toEqual([]);
  });

  it('mentions no code that does not exist', () => {
    const mentioned = readText('docs/errors.md').match(/FRAMEGATE_[A-Z_]+/g) ?? [];
    expect(mentioned.filter((code) => !(code in ERROR_TABLE))).toEqual([]);
  });
});

describe('the words in the log', () => {
  /** Words in the first column of the tables of a document. */
  const wordsOf = (path: string): Set<string> =>
    new Set(
      [...readText(path).matchAll(/^\|([^|]+)\|/gm)].flatMap(([, cell = '']) =>
        [...cell.matchAll(/`([a-z-]+)`/g)].map(([, word = '']) => word),
      ),
    );

  it('of the guard are in docs/behaviour.md, each of them', () => {
    const guard = ['guard.ts', 'guard-target.ts', 'guard-headers.ts'].map((file) => readText(`src/proxy/${file}`)).join('\n');
    const literal = [...guard.matchAll(/refusal\('FRAMEGATE_[A-Z_]+', '([a-z-]+)'\)/g)].map(([, word = '']) => word);
    const forms = [...guard.matchAll(/form: '([a-z-]+)'/g)].map(([, form]) => `path-${form}`);
    expect(literal.length).toBeGreaterThan(20);
    expect([...new Set([...literal, ...forms])].filter((word) => !wordsOf('docs/behaviour.md').has(word))).toEqual([]);
  });

  it('about tickets are in docs/errors.md, and no others', () => {
    const typeOf = (name: string, path: string): string => new RegExp(`export type ${name} =([^;]+);`).exec(readText(path))?.[1] ?? '';
    const types = typeOf('TicketRefusalReason', 'src/sign-in/ticket-refusal.ts') + typeOf('LoginRefusal', 'src/sign-in/login-policy.ts');
    const late = /reason: '([a-z-]+)'/.exec(readText('src/session/refused-start.ts'))?.[1] ?? '';
    const reasons = [...[...types.matchAll(/'([a-z-]+)'/g)].map(([, word = '']) => word), late];
    expect(reasons.length).toBeGreaterThan(20);
    expect([...wordsOf('docs/errors.md')].sort()).toEqual([...reasons].sort());
  });
});
