// Prometheus 2 and 3. It knows no people, so it is told nothing of them. Facts: its own source and recordings
// (docs/recipes/prometheus.md).

import type { Preset } from '../../policy/preset.ts';
import { createPathClassify } from '../paths/classify-path.ts';
import { PROMETHEUS_ROUTES } from './routes.ts';

export const prometheusPreset: Preset = {
  name: 'prometheus',
  identityHeaders: {},
  // By these a client of Mimir, Cortex or Thanos, which speak the same API, chooses whose data it reads.
  strippedHeaders: ['x-scope-orgid', 'thanos-tenant'],
  strippedHeaderPrefixes: ['x-webauth-'],
  refusedQuery: [],
  forwardCookies: 'none',
  droppedCookies: [],
  corsHeaders: [],
  builtInAdmins: [],
  // Its router unescapes the whole path before it looks: `/api/v1/status%2fconfig` is the configuration.
  classify: createPathClassify(PROMETHEUS_ROUTES),
  freeTailStart: () => undefined,
  knowsAssets: true,
  isAsset: (path) => /^\/(?:assets|static|classic\/static)\//.test(path),
  // `basic_auth_users` of its web configuration: it asks everybody for a password, which nobody has here.
  isUpstreamLogin: (status) => status === 401,
};
