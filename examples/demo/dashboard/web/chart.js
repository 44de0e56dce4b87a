// One chart: uPlot in the theme's colours, filling its element, with a tooltip that follows the cursor.

import uPlot from 'uplot';
import { element } from './dom.js';
import { formatMoment, formatNumber, formatValue, readColor } from './format.js';

const FONT = '11.5px Inter, "Helvetica Neue", "Liberation Sans", Arial, sans-serif';

/**
 * @param {HTMLElement} host
 * @param {{ series: object[], bands?: object[], unit: string, decimals: number, hooks?: object, include?: number[] }} options
 *   `series`: uPlot series without the time; `include`: values that the scale always reaches.
 */
export function createChart(host, { series, bands, unit, decimals, hooks = {}, include = [] }) {
  const tip = element('div', { class: 'tip', hidden: '' });
  const axis = {
    stroke: readColor('text-dim'),
    font: FONT,
    grid: { stroke: readColor('grid'), width: 1 },
    ticks: { stroke: readColor('grid'), width: 1, size: 4 },
  };
  const plot = new uPlot(
    {
      width: Math.max(50, host.clientWidth),
      height: Math.max(50, host.clientHeight),
      ms: 1,
      legend: { show: false },
      // Room for half of the last time, which may stand at the very end.
      padding: [8, 24, 0, 0],
      cursor: {
        drag: { setScale: false, x: false, y: false },
        points: { size: 7, width: 1.5 },
        focus: { prox: 16 },
      },
      scales: { x: { time: true }, y: { range: (_plot, low, high) => padRange(low, high, include) } },
      axes: [
        { ...axis, size: 30, space: 90, values: formatTimeTicks },
        { ...axis, size: 58, space: 34, values: (_plot, ticks) => ticks.map((tick) => formatNumber(tick, tickDecimals(ticks))) },
      ],
      series: [{}, ...series],
      bands: bands ?? [],
      hooks: { ...hooks, setCursor: [() => moveTip()] },
    },
    [[], ...series.map(() => [])],
    host,
  );
  plot.over.append(tip);

  function moveTip() {
    const { idx, left, top } = plot.cursor;
    const isHidden = idx == null || left < 0 || plot.data[0][idx] == null;
    tip.hidden = isHidden;
    if (isHidden) return;
    const rows = plot.series.slice(1).flatMap((line, index) => {
      if (line.show === false || line.isBound) return [];
      const mark = element('i', { class: 'legend__mark', style: { background: line.color } });
      return [
        element(
          'div',
          { class: 'tip__row' },
          mark,
          line.label,
          element('b', { text: formatValue(plot.data[index + 1][idx], { unit, decimals }) }),
        ),
      ];
    });
    tip.replaceChildren(element('div', { class: 'tip__time', text: formatMoment(plot.data[0][idx]) }), ...rows);
    const { clientWidth, clientHeight } = plot.over;
    const goesLeft = left > clientWidth - tip.offsetWidth - 24;
    tip.style.left = `${goesLeft ? left - tip.offsetWidth - 14 : left + 14}px`;
    tip.style.top = `${Math.max(0, Math.min(top, clientHeight - tip.offsetHeight))}px`;
  }

  new ResizeObserver(() => {
    if (host.clientWidth > 0 && host.clientHeight > 0) plot.setSize({ width: host.clientWidth, height: host.clientHeight });
  }).observe(host);
  return plot;
}

/** A filled line in one of the theme's colours. */
export function buildLine(label, color, { width = 1.6, opacity = 0.12 } = {}) {
  const value = readColor(color);
  const fill = (plot) => {
    const { top, height } = plot.bbox;
    if (!Number.isFinite(top) || height <= 0) return 'transparent';
    const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
    gradient.addColorStop(0, withAlpha(value, opacity));
    gradient.addColorStop(1, withAlpha(value, 0.01));
    return gradient;
  };
  return { label, color: value, stroke: value, width, fill, pxAlign: 0, points: { show: false } };
}

export function withAlpha(hex, alpha) {
  const digits = Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0');
  return `${hex}${digits}`;
}

function padRange(lowest, highest, include) {
  if (lowest == null || highest == null) return [0, 1];
  const low = Math.min(lowest, ...include);
  const high = Math.max(highest, ...include);
  const room = Math.max((high - low) * 0.08, Math.abs(high) * 0.002, 0.05);
  return [low - room, high + room];
}

function tickDecimals(ticks) {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : 1;
  return step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
}

function formatTimeTicks(_plot, ticks) {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : 0;
  const options = step < 60_000 ? { hour: '2-digit', minute: '2-digit', second: '2-digit' } : { hour: '2-digit', minute: '2-digit' };
  const format = new Intl.DateTimeFormat('en-GB', options);
  return ticks.map((tick) => format.format(tick));
}
