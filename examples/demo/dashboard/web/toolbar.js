// The row above the panels: title, viewer, time range, refresh.

import { element, svgElement } from './dom.js';
import { rememberPreference, storedRange, storedRefresh } from './preferences.js';

const RANGES = [
  ['now-15m', 'Last 15 minutes'],
  ['now-1h', 'Last 1 hour'],
  ['now-6h', 'Last 6 hours'],
];
const UNIT_MS = { m: 60_000, h: 3_600_000 };
const REFRESH = [
  ['', 'Off'],
  ['5s', '5s'],
  ['10s', '10s'],
  ['30s', '30s'],
  ['1m', '1m'],
];

export function createToolbar({ title, person, from, refresh, onChange, onRefresh }) {
  let chosenFrom = RANGES.find(([name]) => name === (from ?? storedRange))?.[0] ?? 'now-1h';
  const buttons = RANGES.map(([name, label]) =>
    element('button', {
      class: 'choice',
      type: 'button',
      text: label,
      'aria-pressed': String(name === chosenFrom),
      'data-testid': `range-${name}`,
      onclick: () => choose(name),
    }),
  );
  const every = element(
    'select',
    { class: 'choice', 'aria-label': 'Refresh interval', onchange: chooseRefresh },
    ...REFRESH.map(([value, label]) => element('option', { value, text: label })),
  );
  every.value = storedRefresh ?? refresh ?? '10s';
  const arrows = svgElement(
    'svg',
    {
      viewBox: '0 0 24 24',
      width: 15,
      height: 15,
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 2.2,
      'stroke-linecap': 'round',
      'stroke-linejoin': 'round',
    },
    svgElement('path', { d: 'M20 11a8 8 0 0 0-14.6-3.6L4 9m0-5v5h5M4 13a8 8 0 0 0 14.6 3.6L20 15m0 5v-5h-5' }),
  );
  const again = element(
    'button',
    { class: 'choice', type: 'button', 'aria-label': 'Refresh', 'data-testid': 'refresh', onclick: onRefresh },
    arrows,
  );

  function chooseRefresh() {
    rememberPreference('refresh', every.value);
    onChange();
  }

  function choose(name) {
    chosenFrom = rememberPreference('range', name);
    for (const [index, button] of buttons.entries()) button.setAttribute('aria-pressed', String(RANGES[index][0] === name));
    onChange();
  }

  const bar = element(
    'div',
    { class: 'tools' },
    element('h1', { class: 'tools__title', 'data-testid': 'dashboard-title', text: title }),
    ...(person === undefined ? [] : [person]),
    element('span', { class: 'tools__gap' }),
    element('div', { class: 'group', role: 'group', 'aria-label': 'Time range' }, ...buttons),
    element('div', { class: 'group' }, again, every),
  );

  return {
    element: bar,
    from: () => chosenFrom,
    range: () => readRange(chosenFrom),
    refreshMs: () => parseRefresh(every.value),
    setBusy: (isBusy) => again.classList.toggle('is-busy', isBusy),
  };
}

function readRange(from) {
  const [, amount, unit] = /^now-(\d+)([mh])$/.exec(from);
  const toMs = Date.now();
  return { fromMs: toMs - Number(amount) * UNIT_MS[unit], toMs };
}

function parseRefresh(text) {
  const match = /^(\d+)([sm])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (match[2] === 's' ? 1000 : 60_000);
}
