import type { Preset } from '../policy/preset.ts';
import { genericPreset } from './generic/index.ts';
import { grafanaPreset } from './grafana/index.ts';

const PRESETS: { readonly [name in Preset['name']]: Preset } = { grafana: grafanaPreset, generic: genericPreset };

export function presetFor(name: Preset['name']): Preset {
  return PRESETS[name];
}
