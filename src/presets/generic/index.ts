import type { Preset } from '../../policy/preset.ts';
import type { Classification } from '../../policy/request.ts';

const UNKNOWN: Classification = { capability: 'unknown', resources: {} };

/** Any upstream that trusts a header: nothing is known about its routes. */
export const genericPreset: Preset = {
  name: 'generic',
  identityHeaders: {
    user: 'X-WEBAUTH-USER',
    name: 'X-WEBAUTH-NAME',
    email: 'X-WEBAUTH-EMAIL',
    groups: 'X-WEBAUTH-GROUPS',
    role: 'X-WEBAUTH-ROLE',
  },
  strippedHeaders: [],
  strippedHeaderPrefixes: ['x-webauth-'],
  refusedQuery: [],
  forwardCookies: 'all',
  droppedCookies: [],
  corsHeaders: [],
  builtInAdmins: [],
  classify: () => UNKNOWN,
  freeTailStart: () => undefined,
  knowsAssets: false,
  isAsset: () => false,
  isUpstreamLogin: () => false,
};
