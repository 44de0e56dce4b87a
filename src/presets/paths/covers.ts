// Whether one path rule takes everything that another one is for.

import type { PathRule } from '../../policy/path-rule.ts';
import { compilePattern, splitSegments } from './path-pattern.ts';

/** Stands for any text: no pattern holds it, so that only a wildcard fits it. */
const ANY = '\0';

/** Never true by mistake; it may be false for what takes two rules to cover. */
export function covers(wide: PathRule, narrow: PathRule): boolean {
  const pattern = compilePattern(wide.path);
  return (
    (narrow.methods ?? ALL).every((method) => wide.methods === undefined || wide.methods.includes(method)) &&
    listSamples(narrow.path).every((sample) => pattern.matches(splitSegments(sample)))
  );
}

const ALL = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

function listSamples(pattern: string): readonly string[] {
  if (!pattern.endsWith('/**')) return [pattern.replaceAll('*', ANY)];
  const base = pattern.slice(0, -3).replaceAll('*', ANY);
  return [base, `${base}/`, `${base}/${ANY}/${ANY}`];
}
