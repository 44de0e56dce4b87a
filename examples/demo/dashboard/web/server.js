// Talking to the server: JSON with the front end's own headers, and what a 401 means.

import { deviceId } from './preferences.js';

/** Sub-path under which this page is, such as `/dashboards`; empty for none. */
export const BASE = window.grafanaBootData.settings.appSubUrl;

/**
 * @returns the parsed answer; undefined for an empty one.
 * @throws {Error} with the server's message, when the answer is no success.
 */
export async function callServer(path, { method = 'GET', body, headers = {} } = {}) {
  const answer = await fetch(BASE + path, {
    method,
    headers: {
      Accept: 'application/json, text/plain, */*',
      'X-Grafana-Org-Id': '1',
      'X-Grafana-Device-Id': deviceId,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.status === 401) await leaveWhenSignedOut();
  const text = await answer.text();
  if (!answer.ok) throw new Error(readMessage(text) ?? `the server answered ${answer.status}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** Asks a second time whether the session is over, then goes where Grafana goes. */
async function leaveWhenSignedOut() {
  const ping = await fetch(`${BASE}/api/login/ping`, { headers: { Accept: 'application/json' } });
  if (ping.status === 401) location.assign(`${BASE}/logout`);
}

function readMessage(text) {
  try {
    return JSON.parse(text).message;
  } catch {
    return undefined;
  }
}
