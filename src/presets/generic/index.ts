import type { PathRule } from '../../policy/path-rule.ts';
import type { Preset } from '../../policy/preset.ts';
import { createPathClassify } from '../paths/classify-path.ts';

/** Any upstream that trusts a header: of its routes nothing is known but what the path rules say. */
export function createGenericPreset(paths: readonly PathRule[]): Preset {
  return {
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
    classify: createPathClassify(paths),
    freeTailStart: () => undefined,
    knowsAssets: false,
    isAsset: () => false,
    isUpstreamLogin: () => false,
  };
}
