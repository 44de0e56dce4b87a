// One dashboard: asks for its description, lays its panels out, and refreshes them.

import { element } from './dom.js';
import { createLivePanel } from './live-panel.js';
import { openLiveSocket } from './live-socket.js';
import { callServer } from './server.js';
import { createStatPanel } from './stat-panel.js';
import { createTablePanel } from './table-panel.js';
import { createTextPanel } from './text-panel.js';
import { createTimeSeriesPanel } from './time-series-panel.js';
import { createToolbar } from './toolbar.js';

const PANELS = {
  stat: createStatPanel,
  timeseries: createTimeSeriesPanel,
  table: createTablePanel,
  text: createTextPanel,
  live: createLivePanel,
};
const METRICS_AFTER_MS = 10_000;

/** @param {{ uid: string, root: HTMLElement, person: Node | undefined, buildBar: (title: string) => Node[] }} options */
export async function showDashboard({ uid, root, person, buildBar }) {
  const startedAt = performance.now();
  const parameters = new URLSearchParams(location.search);
  // The socket is opened before the dashboard is known.
  const socket = openLiveSocket();
  const dto = await callServer(`/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards/${encodeURIComponent(uid)}/dto`);
  const { title, panels, refresh } = dto.spec;
  const dashboard = { uid, title };
  document.title = `${title} - Dashboards`;

  let timer;
  const toolbar = createToolbar({
    title,
    person,
    from: parameters.get('from') ?? undefined,
    refresh,
    onChange: () => void refreshAll(),
    onRefresh: () => void refreshAll(),
  });
  const grid = element('div', { class: 'grid', 'data-testid': 'dashboard' });
  root.replaceChildren(...buildBar(title), toolbar.element, grid);
  const shown = panels.map((panel) => addPanel(grid, panel, dashboard, socket));
  socket.subscribe(`1/grafana/dashboard/uid/${uid}`, { onData: () => undefined, onState: () => undefined });

  async function refreshAll() {
    clearTimeout(timer);
    rewriteAddress(parameters, toolbar.from());
    const range = toolbar.range();
    toolbar.setBusy(true);
    await Promise.all(shown.map((panel) => panel.refresh(range)));
    toolbar.setBusy(false);
    clearTimeout(timer);
    const everyMs = toolbar.refreshMs();
    if (everyMs !== undefined) timer = setTimeout(() => void refreshAll(), everyMs);
  }

  const { 'grafana.app/folder': folder } = dto.metadata.annotations;
  await Promise.all([loadSurroundings(uid, folder, toolbar.range()), refreshAll()]);
  const loadMs = performance.now() - startedAt;
  setTimeout(() => void sendMetrics(loadMs), METRICS_AFTER_MS);
}

function addPanel(grid, panel, dashboard, socket) {
  const { x, y, w, h } = panel.gridPos;
  const head = element('header', { class: 'panel__head' }, element('h2', { text: panel.title }));
  const body = element('div', { class: 'panel__body' });
  const frame = element(
    'section',
    {
      class: 'panel',
      'data-testid': `panel-${panel.id}`,
      style: { '--x': String(x), '--y': String(y), '--w': String(w), '--h': String(h) },
    },
    head,
    body,
  );
  grid.append(frame);
  const { refresh } = PANELS[panel.type](panel, dashboard, body, { head, socket });
  let problem;

  async function refreshPanel(range) {
    try {
      await refresh(range);
      problem?.remove();
      problem = undefined;
      frame.dataset.loaded = 'true';
    } catch (error) {
      problem ??= element('span', { class: 'panel__error' });
      problem.textContent = error.message;
      head.append(problem);
    }
  }

  return { refresh: refreshPanel };
}

/** What Grafana asks for besides the data; none of it can keep the panels from loading. */
async function loadSurroundings(uid, folder, { fromMs, toMs }) {
  const addresses = [
    `/api/folders/${folder}?`,
    `/api/prometheus/grafana/api/v1/rules?dashboard_uid=${uid}`,
    `/api/annotations?from=${fromMs}&to=${toMs}&limit=100&matchAny=false&dashboardUID=${uid}`,
  ];
  await Promise.allSettled(addresses.map((address) => callServer(address)));
}

function sendMetrics(loadMs) {
  return callServer('/api/frontend-metrics', {
    method: 'POST',
    body: { events: [{ name: 'loadDashboardScene_ms', value: loadMs }] },
  }).catch(() => undefined);
}

/** The address tells what is shown, so that a reload shows the same. */
function rewriteAddress(parameters, from) {
  if (parameters.has('kiosk')) parameters.set('kiosk', 'true');
  for (const [name, value] of Object.entries({ orgId: '1', from, to: 'now', timezone: 'browser' })) parameters.set(name, value);
  history.replaceState(null, '', `${location.pathname}?${parameters}`);
}
