import type { IdentityHeaderNames } from './config.ts';
import { type Findings, showValue } from './problem.ts';
import type { ParsedConfig } from './schema.ts';

// These frame or route the message, or carry what framegate itself sets or removes.
const RESERVED =
  /^(?:host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|content-.*|cookie|authorization|proxy-.*|origin|referer|via|forwarded|x-forwarded-.*|x-real-ip|accept.*|if-.*|range|sec-.*)$/;

/** @param name In lower case. */
export const isReservedHeader = (name: string): boolean => RESERVED.test(name);

/**
 * @param signed Whether the upstream is told who is asking by a signed token too.
 * @returns the names as given, or undefined for those of the preset. Refuses names with a meaning of their own, and one name for two values.
 */
export function checkIdentityHeaders(
  parsed: ParsedConfig['upstreams'][string]['identityHeaders'],
  path: string,
  findings: Findings,
  signed = false,
): IdentityHeaderNames | undefined {
  if (parsed === undefined) return undefined;
  const entries = Object.entries(parsed).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const seen = new Map<string, string>();
  for (const [key, name] of entries) {
    const lower = name.toLowerCase();
    const other = seen.get(lower);
    if (other !== undefined) {
      findings.problems.push({
        path: `${path}.${key}`,
        what: `is the header of ${other} too`,
        value: showValue(name),
        wayOut: 'Give each value a header of its own',
      });
    } else if (isReservedHeader(lower)) {
      findings.problems.push({
        path: `${path}.${key}`,
        what: 'is a header with a meaning of its own',
        value: showValue(name),
        wayOut: 'Choose a name such as X-WEBAUTH-USER',
      });
    }
    seen.set(lower, key);
  }
  if (parsed.user === undefined && !signed) {
    findings.warnings.push({
      path: `${path}.user`,
      what: 'is left out, so the upstream is not told who is asking',
      wayOut: 'Name the header, such as X-WEBAUTH-USER',
    });
  }
  return Object.fromEntries(entries);
}
