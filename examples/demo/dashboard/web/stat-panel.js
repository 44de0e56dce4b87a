// One big number, coloured by its thresholds, with its course behind it.

import { element, svgElement } from './dom.js';
import { formatNumber, formatValue, pickColor } from './format.js';
import { queryPanel } from './query.js';

const WIDTH = 300;
const HEIGHT = 100;

export function createStatPanel(panel, dashboard, body) {
  const { unit = '', decimals = 1, thresholds } = panel.fieldConfig.defaults;
  const value = element('span', { text: '-', 'data-testid': `stat-value-${panel.id}` });
  const number = element('div', { class: 'stat__value' }, value, element('span', { class: 'stat__unit', text: unit }));
  const trend = element('div', { class: 'stat__trend' });
  const fade = svgElement('linearGradient', { id: `fade-${panel.id}`, x1: 0, y1: 0, x2: 0, y2: 1 });
  const area = svgElement('path', { fill: `url(#fade-${panel.id})` });
  const line = svgElement('path', { fill: 'none', 'stroke-width': 1.8, 'vector-effect': 'non-scaling-stroke', 'stroke-linejoin': 'round' });
  const course = svgElement(
    'svg',
    { class: 'stat__area', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svgElement('defs', {}, fade),
    area,
    line,
  );
  body.append(element('div', { class: 'stat' }, number, trend, course));

  async function refresh(range) {
    const [frame] = await queryPanel(panel, dashboard, range, { maxDataPoints: 120 });
    const values = frame.data.values[1];
    const last = values.at(-1);
    const color = pickColor(thresholds, last);
    value.textContent = formatNumber(last, decimals);
    number.style.color = color;
    trend.textContent = formatChange(last - values[0], { unit, decimals });
    line.setAttribute('stroke', color);
    fade.replaceChildren(
      svgElement('stop', { offset: 0, 'stop-color': color, 'stop-opacity': 0.38 }),
      svgElement('stop', { offset: 1, 'stop-color': color, 'stop-opacity': 0.02 }),
    );
    const path = buildPath(values);
    line.setAttribute('d', path);
    area.setAttribute('d', `${path}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`);
  }

  return { refresh };
}

function formatChange(change, { unit, decimals }) {
  const text = formatValue(Math.abs(change), { unit, decimals });
  if (Math.abs(change) < 0.5 / 10 ** decimals) return 'steady in this range';
  return `${change < 0 ? '\u2193' : '\u2191'} ${text} in this range`;
}

function buildPath(values) {
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  return values
    .map((value, index) => {
      const x = (index / (values.length - 1)) * WIDTH;
      const y = HEIGHT - 12 - ((value - low) / span) * (HEIGHT - 24);
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}
