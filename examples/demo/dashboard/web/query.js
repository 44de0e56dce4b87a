// One panel's query: POST /api/ds/query with the headers that Grafana's front end sends.

import { callServer } from './server.js';

let lastRequest = 99;

/** Data sources that this person may ask, by uid. */
const sources = new Map(Object.values(window.grafanaBootData.settings.datasources).map((source) => [source.uid, source]));

/**
 * @param {object} panel the panel as the dashboard describes it
 * @param {{ uid: string, title: string }} dashboard
 * @param {{ fromMs: number, toMs: number }} range
 * @param {{ maxDataPoints?: number, intervalMs?: number }} [resolution]
 * @returns the frames, in the order of the targets
 */
export async function queryPanel(panel, dashboard, range, { maxDataPoints = 500, intervalMs = 1000 } = {}) {
  lastRequest += 1;
  const source = panel.datasource;
  const answer = await callServer(`/api/ds/query?ds_type=${source.type}&requestId=SQR${lastRequest}`, {
    method: 'POST',
    headers: {
      'X-Dashboard-Title': toAscii(dashboard.title),
      'X-Dashboard-Uid': dashboard.uid,
      'X-Datasource-Uid': source.uid,
      'X-Panel-Id': String(panel.id),
      'X-Panel-Title': toAscii(panel.title),
      'X-Panel-Plugin-Id': panel.type,
      'X-Plugin-Id': source.type,
    },
    body: {
      queries: panel.targets.map((target) => ({ ...target, datasourceId: sources.get(source.uid)?.id, intervalMs, maxDataPoints })),
      from: String(range.fromMs),
      to: String(range.toMs),
    },
  });
  return panel.targets.map((target) => answer.results[target.refId].frames[0]);
}

const toAscii = (text) => text.replace(/[^ -~]/g, '?');
