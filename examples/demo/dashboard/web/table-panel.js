// A table of the latest values; columns are drawn as their overrides say: a coloured state, a bar, or plain.

import { element } from './dom.js';
import { formatValue } from './format.js';
import { queryPanel } from './query.js';

export function createTablePanel(panel, dashboard, body) {
  const head = element('thead');
  const rows = element('tbody');
  body.append(element('div', { class: 'table' }, element('table', {}, head, rows)));
  const settings = new Map(
    panel.fieldConfig.overrides.map(({ matcher, properties }) => [
      matcher.options,
      Object.fromEntries(properties.map(({ id, value }) => [id, value])),
    ]),
  );

  async function refresh(range) {
    const [frame] = await queryPanel(panel, dashboard, range);
    const { fields } = frame.schema;
    const columns = frame.data.values;
    head.replaceChildren(
      element(
        'tr',
        {},
        ...fields.map((field) => element('th', { text: field.name, ...(isPlainNumber(field) ? { class: 'is-number' } : {}) })),
      ),
    );
    rows.replaceChildren(
      ...columns[0].map((_, row) => element('tr', {}, ...fields.map((field, column) => buildCell(field, columns[column][row])))),
    );
  }

  const isPlainNumber = (field) => field.type === 'number' && settings.get(field.name)?.['custom.cellOptions'] === undefined;

  function buildCell(field, value) {
    const setting = settings.get(field.name) ?? {};
    const kind = setting['custom.cellOptions']?.type;
    if (kind === 'color-background') return element('td', {}, buildPill(value, setting.mappings));
    if (kind === 'gauge') return element('td', {}, buildGauge(value, setting));
    if (field.type === 'number') return element('td', { class: 'is-number', text: formatValue(value, setting) });
    return element('td', { text: value });
  }

  return { refresh };
}

function buildPill(value, mappings = []) {
  const color = mappings[0]?.options[value]?.color ?? 'text-dim';
  return element('span', { class: 'pill', text: value, style: { '--tone': `var(--${color})` } });
}

function buildGauge(value, setting) {
  const share = Math.max(0, Math.min(1, value / setting.max));
  const fill = element('div', {
    class: 'gauge__fill',
    style: { width: `${share * 100}%`, '--whole': `${share > 0 ? 100 / share : 100}%` },
  });
  return element(
    'div',
    { class: 'gauge' },
    element('div', { class: 'gauge__track' }, fill),
    element('b', { text: formatValue(value, setting) }),
  );
}
