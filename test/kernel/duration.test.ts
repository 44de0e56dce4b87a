import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/kernel/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['15m', 900_000],
    ['8h', 28_800_000],
    ['7d', 604_800_000],
    ['0s', 0],
    ['999999999d', 999_999_999 * 86_400_000],
  ])('reads %s as %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '30',
    's',
    '30 s',
    ' 30s',
    '30s ',
    '30s\n',
    '-1s',
    '+1s',
    '1.5h',
    '1e3s',
    '0x10s',
    '30S',
    '30sec',
    '1h30m',
    '1000000000s',
    '\u0663s',
  ])('knows no duration in %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
