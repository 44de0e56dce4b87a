import type { PathRule } from '../policy/path-rule.ts';
import type { Preset } from '../policy/preset.ts';
import { createGenericPreset } from './generic/index.ts';
import { grafanaPreset } from './grafana/index.ts';
import { nodeRedPreset } from './node-red/index.ts';
import { prometheusPreset } from './prometheus/index.ts';

const PRESETS: { readonly [name in Preset['name']]: Preset } = {
  grafana: grafanaPreset,
  prometheus: prometheusPreset,
  'node-red': nodeRedPreset,
  generic: createGenericPreset([]),
};

/** @param paths What requests do, for `generic` alone; default: nothing is known. */
export function presetFor(name: Preset['name'], paths: readonly PathRule[] = []): Preset {
  return name === 'generic' && paths.length > 0 ? createGenericPreset(paths) : PRESETS[name];
}
