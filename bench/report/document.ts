// docs/benchmarks.md: what was measured, on what, and what was not reached.

import type { ModeResult } from '../bench.ts';
import { formatCosts, formatFindings, isMissed } from './results.ts';

export interface ReportInput {
  /** Label and value: machine, generator, upstream. */
  readonly setting: readonly (readonly [string, string])[];
  readonly quick: boolean;
  readonly result: ModeResult;
}

export function buildDocument({ setting, quick, result }: ReportInput): string {
  const missed = result.findings.filter(isMissed);
  return `# Benchmarks

Written by \`npm run bench -- --write\`${quick ? ' (in its quick form: expect noise)' : ''}. Compare numbers of one run only: machines differ, ratios less so.

${setting.map(([label, value]) => `- ${label}: ${value}`).join('\n')}

## How it is measured

Everything runs on loopback: the load generator, the contender, the upstream, each in processes of its own. CPU per request
is the user and system time of all processes of a contender over the run, divided by the requests that were answered. Rate
and latency are those at full load; where two cores carry three parties, they say more about the machine than about the
contender. Each number is the median of three runs after a warm-up; the contenders take turns, so that what else happens on
the machine falls on all of them.

framegate runs as shipped: \`framegate serve\`, a session that a ticket started, ten rules of which the last one matches, ten
accounts, log level info, admin listener on. The tutorial program is Express with http-proxy 1.18.1, without an agent and
without any sign-in; it hands on the upstream's \`Connection: close\`, so its client connects anew for each request. nginx and
Caddy only forward, unless the row says otherwise; their access log is off.

## Results

${formatCosts(result.costs)}

## Targets

${formatFindings(result.findings)}

## Not reached

${missed.length === 0 ? 'Nothing.' : missed.map(({ name }) => `- ${name}`).join('\n')}

## Left out

${result.absent.length === 0 ? 'Nothing.' : result.absent.map((line) => `- ${line}`).join('\n')}
`;
}
