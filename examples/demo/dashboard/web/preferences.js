// What this browser remembers. Read while the page starts and without a guard, as Grafana does it: where the browser
// blocks storage, this throws and nothing is drawn.

const KEY = 'framegate-demo.dashboard.';

const stored = {
  range: localStorage.getItem(`${KEY}range`),
  refresh: localStorage.getItem(`${KEY}refresh`),
  deviceId: localStorage.getItem(`${KEY}device`),
};

/** Told to the server with each request, as Grafana's front end does. */
export const deviceId =
  stored.deviceId ??
  rememberPreference(
    'device',
    crypto.getRandomValues(new Uint32Array(4)).reduce((text, part) => text + part.toString(16).padStart(8, '0'), ''),
  );
export const storedRange = stored.range;
export const storedRefresh = stored.refresh;

export function rememberPreference(name, value) {
  localStorage.setItem(KEY + name, value);
  return value;
}
