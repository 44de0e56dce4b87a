import { describe, expect, it } from 'vitest';
import { type Hours, isTimezone, isWithinHours, WEEKDAYS } from '../../src/policy/hours.ts';

const at = (text: string): number => Date.parse(text);
const hours = (over: Partial<Hours>): Hours => ({ afterMinute: 0, beforeMinute: 1440, weekdays: WEEKDAYS, timezone: 'UTC', ...over });

describe('hours', () => {
  it.each([
    ['2026-03-02T07:59:59Z', false],
    ['2026-03-02T08:00:00Z', true],
    ['2026-03-02T17:59:59Z', true],
    ['2026-03-02T18:00:00Z', false],
  ])('from 8 to 18: %s is %s', (time, expected) => {
    expect(isWithinHours(hours({ afterMinute: 480, beforeMinute: 1080 }), at(time))).toBe(expected);
  });

  it.each([
    ['2026-03-06T21:59:00Z', false], // Friday
    ['2026-03-06T22:00:00Z', true],
    ['2026-03-07T05:59:00Z', true], // still Friday's shift
    ['2026-03-07T06:00:00Z', false],
    ['2026-03-07T22:00:00Z', false], // Saturday's shift
    ['2026-03-06T05:00:00Z', false], // Thursday's shift
  ])('a window over midnight belongs to the day that it begins on: %s is %s', (time, expected) => {
    expect(isWithinHours(hours({ afterMinute: 1320, beforeMinute: 360, weekdays: ['fri'] }), at(time))).toBe(expected);
  });

  it('a Sunday night runs into Monday', () => {
    const sunday = hours({ afterMinute: 1320, beforeMinute: 360, weekdays: ['sun'] });
    expect(isWithinHours(sunday, at('2026-03-09T03:00:00Z'))).toBe(true);
    expect(isWithinHours(sunday, at('2026-03-08T03:00:00Z'))).toBe(false);
  });

  it.each([
    ['2026-03-02T00:00:00Z', 'mon'],
    ['2026-03-03T23:59:00Z', 'tue'],
    ['2026-03-08T12:00:00Z', 'sun'],
  ] as const)('%s is a %s', (time, weekday) => {
    for (const day of WEEKDAYS) expect(isWithinHours(hours({ weekdays: [day] }), at(time))).toBe(day === weekday);
  });

  it('go by the clock on the wall of the time zone, daylight saving included', () => {
    const berlin = hours({ afterMinute: 480, beforeMinute: 1080, timezone: 'Europe/Berlin' });
    expect(isWithinHours(berlin, at('2026-01-15T07:00:00Z'))).toBe(true);
    expect(isWithinHours(berlin, at('2026-07-15T06:00:00Z'))).toBe(true);
    expect(isWithinHours(berlin, at('2026-01-15T06:59:00Z'))).toBe(false);
    expect(isWithinHours(hours({ weekdays: ['tue'], timezone: 'Pacific/Auckland' }), at('2026-03-02T12:00:00Z'))).toBe(true);
    expect(isWithinHours(hours({ afterMinute: 1050, beforeMinute: 1051, timezone: 'Asia/Kolkata' }), at('2026-03-02T12:00:00Z'))).toBe(
      true,
    );
  });

  it('know the time zones of the system', () => {
    expect(['UTC', 'Europe/Berlin', 'America/St_Johns'].map(isTimezone)).toEqual([true, true, true]);
    expect(['', 'Berlin', 'Europe/Berlim', '../etc/passwd'].map(isTimezone)).toEqual([false, false, false, false]);
  });
});
