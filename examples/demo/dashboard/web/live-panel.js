// A value that moves with the socket: what was is asked once, what comes is pushed.

import { buildLine, createChart, withAlpha } from './chart.js';
import { element } from './dom.js';
import { formatClock, formatNumber, readColor } from './format.js';
import { queryPanel } from './query.js';

const WINDOW_MS = 90_000;

export function createLivePanel(panel, dashboard, body, { head, socket }) {
  const { unit = '', decimals = 1, color = { fixedColor: 'green' } } = panel.fieldConfig.defaults;
  const [target] = panel.targets;
  const state = element('span', { class: 'state', text: 'connecting', 'data-testid': 'live-state' });
  const value = element('span', { text: '-', 'data-testid': 'live-value' });
  const time = element('div', { class: 'live__time', 'data-testid': 'live-time', text: 'waiting for the first value' });
  const host = element('div', { class: 'chart' });
  const number = element('div', { class: 'live__value' }, value, element('span', { class: 'stat__unit', text: unit }));
  head.append(state);
  body.append(
    element(
      'div',
      { class: 'live' },
      element('div', { class: 'live__side' }, number, time),
      element('div', { class: 'live__chart' }, host),
    ),
  );

  const tone = readColor(color.fixedColor);
  number.style.color = tone;
  const bound = (label) => ({ label, isBound: true, stroke: 'transparent', width: 0, points: { show: false } });
  const series = [{ ...buildLine(panel.title, color.fixedColor, { width: 2 }), fill: undefined }, bound('Max'), bound('Min')];
  const plot = createChart(host, { series, unit, decimals, bands: [{ series: [2, 3], fill: withAlpha(tone, 0.13) }] });
  let columns = [[], [], [], []];

  function append(rows) {
    if (columns[0].length + rows[0].length === 0) return;
    columns = columns.map((column, index) => [...column, ...rows[index]]);
    const first = columns[0].findIndex((at) => at > columns[0].at(-1) - WINDOW_MS);
    columns = columns.map((column) => column.slice(first));
    plot.setData(columns);
  }

  function onData({ data: { values } }) {
    const [[at], [now], [low], [high]] = values;
    append([[at], [now], [high], [low]]);
    value.textContent = formatNumber(now, decimals);
    time.textContent = `Last update ${formatClock(at)}`;
  }

  function onState(name) {
    state.textContent = name;
    state.dataset.state = name;
  }

  socket.subscribe(`1/${target.channel}`, { onData, onState });

  let isFilled = false;
  async function refresh() {
    if (isFilled) return;
    isFilled = true;
    const toMs = Date.now() - 1000;
    const [frame] = await queryPanel(panel, dashboard, { fromMs: toMs - WINDOW_MS, toMs });
    const [times, values, low, high] = frame.data.values;
    const pushed = columns;
    const until = pushed[0][0] ?? Number.POSITIVE_INFINITY;
    const count = times.filter((at) => at < until).length;
    columns = [times, values, high, low].map((column) => column.slice(0, count));
    append(pushed);
  }

  return { refresh };
}
