import type { Preset } from './preset.ts';

/** @param major Undefined, or one that the preset does not know: the strictest. */
export function presetAt(preset: Preset, major: number | undefined): Preset {
  const { versions } = preset;
  return major !== undefined && versions?.majors.includes(major) === true ? versions.presetOf(major) : preset;
}
