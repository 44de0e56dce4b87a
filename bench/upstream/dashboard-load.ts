// One dashboard view as it was recorded from a Grafana: what was asked for, in which order, and how large it was.

import { readFileSync } from 'node:fs';

export interface RecordedExchange {
  readonly kind?: 'page' | 'asset' | 'api';
  readonly method: string;
  readonly path: string;
  readonly requestBody?: string;
  readonly status: number;
  readonly responseHeaders: readonly (readonly [string, string])[];
  readonly bytes?: number;
  /** Of API answers only. */
  readonly body?: string;
}

const FILE = new URL('../../test/fixtures/grafana/dashboard-load.json', import.meta.url);
const METRICS = '/api/frontend-metrics';

export const DASHBOARD_PATH = '/d/plant-a/plant-a';
/** Answers of this path draw the panels. */
export const PANEL_PATH = '/api/ds/query';

export function readDashboardLoad(): RecordedExchange[] {
  const all = JSON.parse(readFileSync(FILE, 'utf8')) as RecordedExchange[];
  return all.filter(({ kind, path }) => kind !== undefined && path !== METRICS);
}

/** What the page asks for side by side, one group after another: a bundle names the next ones only when it is there. */
export function groupInWaves(exchanges: readonly RecordedExchange[]): RecordedExchange[][] {
  const waves: RecordedExchange[][] = [];
  for (const exchange of exchanges) {
    if (exchange.kind === 'page') continue;
    const last = waves.at(-1);
    if (last === undefined || last[0]?.kind !== exchange.kind) waves.push([exchange]);
    else last.push(exchange);
  }
  return waves;
}
