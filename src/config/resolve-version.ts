// Which version of its upstream a preset judges by.

import { presetFor } from '../presets/index.ts';
import { type Findings, showValue } from './problem.ts';
import type { ParsedConfig } from './schema.ts';

type ParsedUpstream = Pick<ParsedConfig['upstreams'][string], 'preset' | 'version'>;

/** @param place Of the key, for the findings. @returns undefined: the upstream is asked, or its version does not matter. */
export function resolveVersion({ preset, version }: ParsedUpstream, place: string, findings: Findings): number | undefined {
  if (version === undefined) return undefined;
  const { versions } = presetFor(preset);
  if (versions === undefined) {
    findings.problems.push({ path: place, what: `means nothing to the preset ${preset}, which is for every version`, wayOut: 'Remove it' });
    return undefined;
  }
  if (version === 'auto') return undefined;
  if (!versions.majors.includes(version)) {
    const known = versions.majors.join(', ');
    findings.problems.push({
      path: place,
      what: 'is a version that framegate does not know',
      value: showValue(version),
      wayOut: `Write one of ${known}; auto takes the strictest for any other`,
    });
  }
  return version;
}
