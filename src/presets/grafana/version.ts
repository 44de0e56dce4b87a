import type { Preset, PresetVersions, ToldVersion } from '../../policy/preset.ts';
import { createClassify } from './classify.ts';
import { isJsonObject } from './folded-keys.ts';
import { createJudgeFrame } from './live-frame.ts';
import { KNOWN_MAJORS } from './routes.ts';

/** `12.2.0`, `11.6.0-pre`, `12.0.1+security-01`. */
const VERSION = /^([0-9]{1,3})(?:\.[0-9]{1,6}){1,3}(?:[+-][0-9A-Za-z.+-]{1,40})?$/;

/** What `/api/health` says (pkg/api/http_server.go); undefined: it is hidden, or the answer is none of Grafana's. */
function readVersion(answer: string): ToldVersion | undefined {
  let health: unknown;
  try {
    health = JSON.parse(answer);
  } catch {
    return undefined;
  }
  const text = isJsonObject(health) ? health['version'] : undefined;
  const major = typeof text === 'string' ? VERSION.exec(text)?.[1] : undefined;
  return typeof text !== 'string' || major === undefined ? undefined : { text, major: Number(major) };
}

/** @param strictest The preset for a version that is not known. */
export function grafanaVersions(strictest: () => Preset): PresetVersions {
  // A table is built once, as `explain` and `policy test` ask for it again and again.
  const presets = new Map<number, Preset>();
  return {
    path: '/api/health',
    hiddenBy: '[auth.anonymous] hide_version',
    majors: KNOWN_MAJORS,
    read: readVersion,
    presetOf(major) {
      const preset = presets.get(major) ?? { ...strictest(), classify: createClassify(major), judgeFrame: createJudgeFrame(major) };
      presets.set(major, preset);
      return preset;
    },
  };
}
