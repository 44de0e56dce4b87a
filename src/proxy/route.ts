// One upstream as the road needs it: configuration and preset put together once, at start. All but the preset in force,
// which follows the version that the upstream says, stays as it is.

import { createHash } from 'node:crypto';
import type { Config, HeaderSignInConfig, IdentityHeaderNames, UpstreamConfig } from '../config/config.ts';
import type { Preset } from '../policy/preset.ts';
import { presetAt } from '../policy/preset-version.ts';
import { presetFor } from '../presets/index.ts';
import { isOwnCookie } from './own-cookies.ts';

export interface Route {
  readonly upstream: UpstreamConfig;
  /** What holds for every version of the upstream; judges requests as the strictest. */
  readonly preset: Preset;
  /** What judges requests that begin now: the preset for the upstream's version. Replaced as a whole, by one assignment. */
  presetInForce: Preset;
  readonly publicOrigin: string;
  readonly publicHost: string;
  readonly publicHttps: boolean;
  readonly publicPort: number;
  /** Our name in Via; the same for every instance of one public URL. */
  readonly pseudonym: string;
  readonly identityHeaders: IdentityHeaderNames;
  /** The same, lower case, as they are set. */
  readonly identityNames: readonly (readonly [field: keyof IdentityHeaderNames, name: string])[];
  /** Whether a request header, by lower-case name, is never forwarded from a client. */
  isStripped(name: string): boolean;
  /** What of the browser's Cookie header goes upstream. */
  forwardedCookies(header: string | undefined): string | undefined;
}

/** What of the configuration, besides the upstream's own part, decides about its requests. */
interface RouteConfig extends Pick<Config, 'publicUrl'> {
  readonly signIn?: Pick<Config['signIn'], 'header'>;
}

export function createRoute(config: RouteConfig, upstream: UpstreamConfig): Route {
  const preset = presetFor(upstream.preset, upstream.paths);
  const identityHeaders = upstream.identityHeaders ?? preset.identityHeaders;
  const stripped = new Set(preset.strippedHeaders);
  for (const headers of [preset.identityHeaders, identityHeaders]) {
    for (const name of Object.values(headers)) stripped.add(name.toLowerCase());
  }
  for (const name of frontProxyHeaders(config.signIn?.header)) stripped.add(name);
  if (upstream.signedIdentity !== undefined) stripped.add(upstream.signedIdentity.header.toLowerCase());
  const { publicUrl } = config;
  return {
    upstream,
    preset,
    presetInForce: presetAt(preset, upstream.version),
    publicOrigin: publicUrl.origin,
    publicHost: new URL(publicUrl.origin).host,
    publicHttps: publicUrl.https,
    publicPort: publicUrl.port,
    pseudonym: pseudonymOf(publicUrl.origin),
    identityHeaders,
    identityNames: IDENTITY_FIELDS.flatMap((field) => {
      const name = identityHeaders[field];
      return name === undefined ? [] : [[field, name.toLowerCase()] as const];
    }),
    isStripped: (name) => stripped.has(name) || preset.strippedHeaderPrefixes.some((prefix) => name.startsWith(prefix)),
    forwardedCookies: createCookieFilter(upstream.forwardCookies ?? preset.forwardCookies),
  };
}

const IDENTITY_FIELDS = ['user', 'name', 'email', 'groups', 'role'] as const;

export function pseudonymOf(publicOrigin: string): string {
  return `framegate-${createHash('sha256').update(publicOrigin).digest('hex').slice(0, 12)}`;
}

/** Headers by which a proxy in front says who is asking: its word is for us, and a client's is nobody's (SEC-H1). */
function frontProxyHeaders(header: HeaderSignInConfig | undefined): string[] {
  if (header === undefined) return [];
  return [...Object.values(header.headers), header.proof?.header].filter((name) => name !== undefined);
}

function createCookieFilter(forward: 'none' | 'all' | readonly string[]): Route['forwardedCookies'] {
  if (forward === 'none') return () => undefined;
  return function filterCookies(header) {
    if (header === undefined) return undefined;
    const kept = header
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => {
        const name = pair.split('=', 1)[0] ?? '';
        return pair !== '' && !isOwnCookie(name) && (forward === 'all' || forward.includes(name));
      });
    return kept.length === 0 ? undefined : kept.join('; ');
  };
}
