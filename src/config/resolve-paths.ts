// Path rules of an upstream: where they may stand, and those that never count.

import type { PathRule } from '../policy/path-rule.ts';
import { covers } from '../presets/paths/covers.ts';
import { type Findings, showValue } from './problem.ts';
import type { ParsedConfig } from './schema.ts';

type ParsedUpstream = Pick<ParsedConfig['upstreams'][string], 'preset' | 'paths'>;

/** @param place Of the list, for the findings. */
export function resolvePaths({ preset, paths }: ParsedUpstream, place: string, findings: Findings): readonly PathRule[] {
  if (paths.length > 0 && preset !== 'generic')
    findings.problems.push({
      path: place,
      what: `is for the preset generic; ${preset} knows the routes of its upstream`,
      wayOut: 'Remove it, or write preset: generic',
    });
  for (const [index, rule] of paths.entries()) {
    const earlier = paths.slice(0, index).findIndex((other) => covers(other, rule));
    if (earlier === -1) continue;
    findings.warnings.push({
      path: `${place}[${index}]`,
      what: `never counts, as paths[${earlier}] fits all that it fits`,
      value: showValue(rule.path),
      wayOut: 'Put the narrower one first, or remove it',
    });
  }
  return paths;
}
