// The live socket: one for the page, opened again after a break, with growing pauses.

import { BASE } from './server.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/**
 * @returns {{ subscribe(channel: string, listener: { onData(data: unknown): void, onState(state: string): void }): void, close(): void }}
 *   `state` is `connecting`, `live` or `disconnected`.
 */
export function openLiveSocket() {
  const listeners = new Map();
  let socket;
  let failures = 0;
  let nextId = 1;
  let commands = new Map();
  let silence;
  let retry;

  function connect() {
    commands = new Map();
    tellAll('connecting');
    socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${BASE}/api/live/ws`);
    socket.addEventListener('open', () => command({ connect: { name: 'js' } }, welcome));
    socket.addEventListener('message', (event) => {
      for (const line of event.data.split('\n')) if (line !== '') receive(JSON.parse(line));
    });
    socket.addEventListener('close', reconnect);
  }

  function reconnect() {
    clearTimeout(silence);
    tellAll('disconnected');
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures) * (0.75 + Math.random() / 2);
    failures += 1;
    retry = setTimeout(connect, pauseMs);
  }

  function welcome({ connect: { ping } }) {
    failures = 0;
    expectPing(ping);
    for (const channel of listeners.keys()) command({ subscribe: { channel } }, (answer) => confirm(channel, answer));
  }

  function confirm(channel, { subscribe }) {
    const listener = listeners.get(channel);
    if (subscribe === undefined) listener.onState('disconnected');
    else listener.onState('live');
  }

  /** A socket that is silent for longer than the ping interval is dead, whatever the browser thinks. */
  function expectPing(seconds) {
    clearTimeout(silence);
    if (seconds > 0) silence = setTimeout(() => socket.close(), (seconds + 10) * 1000);
    socket.pingSeconds = seconds;
  }

  function receive(message) {
    expectPing(socket.pingSeconds);
    if (message.push !== undefined) {
      const data = message.push.pub?.data;
      if (data !== undefined) listeners.get(message.push.channel)?.onData(data);
    } else if (message.id !== undefined) {
      commands.get(message.id)?.(message);
      commands.delete(message.id);
    } else {
      socket.send('{}');
    }
  }

  function command(body, onAnswer) {
    const id = nextId++;
    commands.set(id, onAnswer);
    socket.send(JSON.stringify({ ...body, id }));
  }

  function tellAll(state) {
    for (const listener of listeners.values()) listener.onState(state);
  }

  function subscribe(channel, listener) {
    listeners.set(channel, listener);
    listener.onState('connecting');
    if (socket.pingSeconds !== undefined && socket.readyState === WebSocket.OPEN) {
      command({ subscribe: { channel } }, (answer) => confirm(channel, answer));
    }
  }

  function close() {
    clearTimeout(silence);
    clearTimeout(retry);
    socket.removeEventListener('close', reconnect);
    socket.close();
  }

  connect();
  return { subscribe, close };
}
