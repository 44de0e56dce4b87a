// Numbers and times as people read them.

const colors = getComputedStyle(document.documentElement);

/** Value of a colour name of the theme, for canvases, which cannot read variables. */
export function readColor(name) {
  return colors.getPropertyValue(`--${name}`).trim() || name;
}

export function formatNumber(value, decimals = 1) {
  return value == null ? '-' : value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

export function formatValue(value, { unit = '', decimals = 1 } = {}) {
  const number = formatNumber(value, decimals);
  return unit === '' || value == null ? number : `${number}${unit === '%' ? '' : ' '}${unit}`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

export const formatClock = (ms) => clock.format(ms);
export const formatMoment = (ms) => full.format(ms);

/** Colour of the highest step that the value reaches. */
export function pickColor(thresholds, value, fallback = 'text') {
  const steps = thresholds?.steps ?? [];
  const reached = steps.filter((step) => step.value === null || value >= step.value);
  return readColor(reached.at(-1)?.color ?? fallback);
}
