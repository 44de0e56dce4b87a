// From measured rows to the ratios that targets are set for.

import type { Finding } from '../bench.ts';
import { OURS, OURS_SHARED } from '../contenders/all.ts';
import type { Cost } from '../measure.ts';

interface Comparison {
  readonly size: Cost['size'];
  /** Ids of contenders. */
  readonly of: string;
  readonly to: string;
  readonly what: string;
  readonly target?: number;
  readonly aim?: number;
}

const COMPARISONS: readonly Comparison[] = [
  { size: '1 kB', of: OURS, to: 'tutorial', what: 'the tutorial program', target: 0.25, aim: 0.17 },
  { size: '1 kB', of: OURS, to: 'caddy', what: "Caddy's plain reverse_proxy", target: 0.9, aim: 0.7 },
  { size: '1 kB', of: OURS, to: 'oauth2-proxy', what: 'oauth2-proxy', target: 0.35, aim: 0.25 },
  { size: '1 kB', of: OURS, to: 'nginx-auth', what: 'nginx with auth_request' },
  { size: '1 kB', of: OURS, to: 'nginx', what: 'nginx plain' },
  { size: '64 kB', of: OURS, to: 'caddy', what: "Caddy's plain reverse_proxy", target: 1.05 },
  { size: '1 kB', of: OURS_SHARED, to: OURS, what: 'sessions in memory, for sessions in a shared store', target: 1.15 },
];

/** Ratios of CPU per request; a comparison whose contenders did not both take part is left out. */
export function compareCosts(costs: readonly Cost[]): Finding[] {
  return COMPARISONS.flatMap(({ size, of, to, what, ...limits }) => {
    const ours = findCpu(costs, of, size);
    const theirs = findCpu(costs, to, size);
    if (ours === undefined || theirs === undefined) return [];
    return [{ name: `CPU per ${size} request, to ${what}`, value: ours / theirs, unit: 'x' as const, ...limits }];
  });
}

/** Whether a comparison needs this contender at this size. */
export function isCompared(id: string, size: Cost['size']): boolean {
  return COMPARISONS.some((comparison) => comparison.size === size && (comparison.of === id || comparison.to === id));
}

/** NaN where answers were errors: what it costs to refuse is another number. */
function findCpu(costs: readonly Cost[], id: string, size: Cost['size']): number | undefined {
  const found = costs.find((cost) => cost.id === id && cost.size === size);
  return found === undefined || found.errors === 0 ? found?.cpuUs : Number.NaN;
}
