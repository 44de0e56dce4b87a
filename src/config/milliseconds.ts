import { parseDuration } from '../kernel/duration.ts';
import { type Findings, showValue } from './problem.ts';

/** 24 hours; beyond 24.8 days a timer of node fires at once. */
const DAY_MS = 24 * 60 * 60 * 1000;
export const MAX_TIMEOUT = { ms: DAY_MS, text: '24h' };
export const MAX_LIFETIME = { ms: 30 * DAY_MS, text: '30d' };

/** A duration that the schema accepted, more than zero and at most `max`. Milliseconds. */
export function resolveDuration(
  text: string,
  path: string,
  max: { readonly ms: number; readonly text: string },
  findings: Findings,
): number {
  const ms = parseDuration(text) ?? Number.NaN;
  if (!(ms > 0)) findings.problems.push({ path, what: 'must be more than zero', value: showValue(text), wayOut: 'Write for example 30s' });
  else if (ms > max.ms) findings.problems.push({ path, what: 'is too long', value: showValue(text), wayOut: `Write at most ${max.text}` });
  return ms;
}
