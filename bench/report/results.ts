// Rows and findings as text.

import type { Finding } from '../bench.ts';
import type { Cost } from '../measure.ts';
import { formatTable } from './table.ts';

export function formatCosts(costs: readonly Cost[]): string {
  const header = ['contender', 'body', 'CPU us/request', 'requests/s', 'p50 ms', 'p99 ms', 'RSS MiB', 'errors'];
  return formatTable(
    header,
    costs.map((cost) => [
      cost.name,
      cost.size,
      cost.cpuUs.toFixed(cost.cpuUs < 10 ? 1 : 0),
      cost.requestsPerSecond.toFixed(0),
      (cost.p50Us / 1000).toFixed(2),
      (cost.p99Us / 1000).toFixed(2),
      (cost.rssBytes / 1024 ** 2).toFixed(0),
      String(cost.errors),
    ]),
  );
}

export function formatFindings(findings: readonly Finding[]): string {
  return formatTable(
    ['what', 'measured', 'target', 'aim', ''],
    findings.map((finding) => [
      finding.name,
      formatValue(finding.value, finding.unit),
      formatLimit(finding.target, finding),
      formatLimit(finding.aim, finding),
      judge(finding),
    ]),
  );
}

/** Whether a target was set and is not reached. A number that could not be measured reaches nothing. */
export function isMissed({ value, target }: Finding): boolean {
  return target !== undefined && !(value <= target);
}

function judge(finding: Finding): string {
  if (finding.target === undefined) return '';
  return isMissed(finding) ? 'NOT reached' : 'reached';
}

function formatLimit(limit: number | undefined, { unit }: Finding): string {
  return limit === undefined ? '' : `<= ${limit}${unit === 'x' ? ' x' : ` ${unit}`}`;
}

function formatValue(value: number, unit: Finding['unit']): string {
  return unit === 'MiB' || unit === 'KiB' ? `${value.toFixed(1)} ${unit}` : `${value.toFixed(2)} ${unit}`;
}
