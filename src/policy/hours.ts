// Times of day and days of the week by the clock on the wall of a time zone, daylight saving included.

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Weekday = (typeof WEEKDAYS)[number];

export interface Hours {
  /** Minutes since midnight, 0 to 1439. */
  readonly afterMinute: number;
  /** Exclusive, 1 to 1440. Not after `afterMinute`: the window runs over midnight, and belongs to the day it begins on. */
  readonly beforeMinute: number;
  readonly weekdays: readonly Weekday[];
  /** IANA name, such as `Europe/Berlin`. */
  readonly timezone: string;
}

export function isTimezone(name: string): boolean {
  try {
    clockOf(name);
    return true;
  } catch {
    return false; // Intl knows no such zone
  }
}

/** @param nowMs Milliseconds since the epoch. */
export function isWithinHours(hours: Hours, nowMs: number): boolean {
  const { day, minute } = readWallClock(hours.timezone, nowMs);
  const isOn = (index: number): boolean => hours.weekdays.includes(WEEKDAYS[(index + 7) % 7] ?? 'mon');
  if (hours.afterMinute < hours.beforeMinute) return isOn(day) && minute >= hours.afterMinute && minute < hours.beforeMinute;
  return (isOn(day) && minute >= hours.afterMinute) || (isOn(day - 1) && minute < hours.beforeMinute);
}

interface WallClock {
  /** Minutes since the epoch that this was read for. */
  readonly at: number;
  /** 0: Monday. */
  readonly day: number;
  /** Since midnight. */
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
/** The last reading of each zone: within a minute the wall clock does not move. */
const readings = new Map<string, WallClock>();

function clockOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(timezone, format);
  }
  return format;
}

function readWallClock(timezone: string, nowMs: number): WallClock {
  const at = Math.floor(nowMs / 60_000);
  const known = readings.get(timezone);
  if (known?.at === at) return known;
  const parts = new Map(
    clockOf(timezone)
      .formatToParts(at * 60_000)
      .map(({ type, value }) => [type, value]),
  );
  const day = (WEEKDAYS as readonly string[]).indexOf(parts.get('weekday')?.toLowerCase() ?? '');
  const reading = { at, day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
  readings.set(timezone, reading);
  return reading;
}
