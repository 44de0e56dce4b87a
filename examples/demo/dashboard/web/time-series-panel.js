// Several series over time, with a legend that hides and shows them, and a dashed line where a threshold says so.

import { buildLine, createChart } from './chart.js';
import { element } from './dom.js';
import { formatValue, readColor } from './format.js';
import { queryPanel } from './query.js';

const PALETTE = ['orange', 'blue', 'green', 'purple', 'yellow', 'red'];

export function createTimeSeriesPanel(panel, dashboard, body) {
  const { unit = '', decimals = 1, thresholds, custom } = panel.fieldConfig.defaults;
  const host = element('div', { class: 'chart chart--legend' });
  const legend = element('div', { class: 'legend' });
  body.append(host, legend);
  const limits = custom?.thresholdsStyle?.mode === 'dashed' ? thresholds.steps.filter((step) => step.value !== null) : [];
  let plot;

  function build(frames) {
    const series = frames.map((frame, index) => buildLine(frame.schema.fields[1].name, PALETTE[index % PALETTE.length]));
    plot = createChart(host, {
      series,
      unit,
      decimals,
      include: limits.map((limit) => limit.value),
      hooks: { draw: [(chart) => drawLimits(chart, limits)] },
    });
    legend.replaceChildren(...series.map((line, index) => buildLegendItem(line, index + 1)));
  }

  function buildLegendItem(line, index) {
    const numbers = element('span', { class: 'legend__numbers' });
    const item = element(
      'button',
      { class: 'legend__item', type: 'button', 'aria-pressed': 'true', onclick: toggle },
      element('i', { class: 'legend__mark', style: { background: line.color } }),
      line.label,
      numbers,
    );
    function toggle() {
      const isShown = plot.series[index].show;
      plot.setSeries(index, { show: !isShown });
      item.setAttribute('aria-pressed', String(!isShown));
    }
    return item;
  }

  async function refresh(range) {
    const frames = await queryPanel(panel, dashboard, range, { maxDataPoints: Math.max(200, host.clientWidth) });
    if (plot === undefined) build(frames);
    plot.setData([frames[0].data.values[0], ...frames.map((frame) => frame.data.values[1])]);
    for (const [index, frame] of frames.entries()) {
      const values = frame.data.values[1];
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const format = (value) => formatValue(value, { unit, decimals });
      legend.children[index].lastChild.textContent = `Last: ${format(values.at(-1))}  Mean: ${format(mean)}`;
    }
  }

  return { refresh };
}

function drawLimits(plot, limits) {
  const { ctx, bbox } = plot;
  for (const limit of limits) {
    const y = plot.valToPos(limit.value, 'y', true);
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.save();
    ctx.strokeStyle = readColor(limit.color);
    ctx.globalAlpha = 0.75;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([8 * devicePixelRatio, 6 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }
}
