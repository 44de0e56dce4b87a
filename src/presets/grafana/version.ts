import { isJsonObject } from './folded-keys.ts';
import { KNOWN_MAJORS } from './routes.ts';

/** The major version that `/api/health` says; undefined: it is hidden, or not one of 9 to 13. */
export function readMajor(answer: string): number | undefined {
  let health: unknown;
  try {
    health = JSON.parse(answer);
  } catch {
    return undefined;
  }
  const version = isJsonObject(health) ? health['version'] : undefined;
  const major = typeof version === 'string' ? Number(/^([0-9]{1,3})\./.exec(version)?.[1]) : Number.NaN;
  return KNOWN_MAJORS.includes(major) ? major : undefined;
}
