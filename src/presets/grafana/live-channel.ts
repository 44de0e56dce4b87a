// Channels of Grafana Live: `<organisation>/<scope>/<namespace>/<path>` (pkg/services/live, grafana.md 2.3).

import type { Capability } from '../../policy/capability.ts';
import { type Classification, isRefusal, type Refusal, type Resources } from '../../policy/request.ts';

/** Grafana's own limit, the organisation aside. */
const MAX_CHANNEL_LENGTH = 200;
const CHANNEL = /^([1-9][0-9]{0,14})\/([A-Za-z0-9_.-]+)\/([A-Za-z0-9_.-]+)\/([A-Za-z0-9_./=-]+)$/;

/** What using a channel is: the capability is of what is done with it. */
export function classifyChannel(channel: unknown, capability: Capability): Classification | Refusal {
  const match = typeof channel === 'string' && channel.length <= MAX_CHANNEL_LENGTH ? CHANNEL.exec(channel) : null;
  if (match === null) return { refused: 'frame-channel' };
  const [, org = '', scope = '', namespace = '', path = ''] = match;
  const named = nameChannel(scope, namespace, path);
  const orgIds = [Number(org)];
  if (named === undefined) return { capability: 'unknown', resources: { orgIds } };
  return isRefusal(named) ? named : { capability, resources: { ...named, orgIds } };
}

function nameChannel(scope: string, namespace: string, path: string): Resources | Refusal | undefined {
  switch (scope) {
    case 'grafana': {
      if (namespace === 'broadcast') return {};
      const dashboard = namespace === 'dashboard' ? /^uid\/([^/]+)$/.exec(path)?.[1] : undefined;
      return dashboard === undefined ? undefined : { dashboards: [dashboard] };
    }
    case 'ds':
      return { dataSources: [namespace] };
    case 'plugin':
      return { plugins: [namespace] };
    case 'stream':
      return {};
    default:
      return undefined;
  }
}
