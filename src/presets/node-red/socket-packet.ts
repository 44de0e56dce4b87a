// Packets of the dashboards' socket (Engine.IO 4, Socket.IO 5): what a browser sends, over WebSocket one in each message,
// by polling several in one body. Looking is told apart from acting on the flows.

import type { FrameCommand, FrameVerdict } from '../../policy/frame.ts';
import { isRefusal, type Refusal, type Resources } from '../../policy/request.ts';

const STREAM: FrameVerdict = { capability: 'live:stream', resources: {} };
const PUBLISH: FrameVerdict = { capability: 'live:publish', resources: {} };
const FORM: Refusal = { refused: 'socket-packet' };

/**
 * Events that a page sends by being opened, moved about in and folded: they ask for what is shown, and tell the flows what
 * is looked at (`ui-event`, `ui-control`, `ui-change`). Every other event is somebody who acts.
 */
const LOOKING: ReadonlySet<string> = new Set([
  'widget-load',
  'ui-control',
  'ui-event',
  'ui-replay-state',
  'ui-refresh',
  'ui-params',
  'ui-change',
  'ui-collapse',
  'ui-audio',
]);

/** Close, ping, pong, upgrade and noop of Engine.IO. */
const ENGINE = /^(?:1|[236](?:probe)?|5)$/;

/** Joining and leaving the one namespace, and the answer to an event that wants one; what they hold reaches no flow. */
const JOINING = /^4(?:0(?:\{[^\n]*)?|1|3[0-9]+\[[^\n]*)$/;

const EVENT = /^42[0-9]*(\[[^\n]*)$/;

/** Between the packets of a body. */
const SEPARATOR = '\x1e';

export function judgeSocketFrame(text: string): readonly FrameCommand[] {
  return [{ text, verdict: judgePacket(text) }];
}

function judgePacket(text: string): FrameVerdict {
  if (ENGINE.test(text)) return 'free';
  if (JOINING.test(text)) return STREAM;
  const event = EVENT.exec(text)?.[1];
  if (event === undefined) return FORM;
  const name = readEventName(event);
  if (name === undefined) return FORM;
  return LOOKING.has(name) ? STREAM : PUBLISH;
}

/** As Socket.IO reads it. */
function readEventName(json: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    const [name] = Array.isArray(parsed) ? (parsed as unknown[]) : [];
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Lets a body pass that only looks: it comes before the page changes over to a WebSocket, where each message is judged by
 * what the person may.
 */
export function readPollingBody(body: Uint8Array): Resources | Refusal {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return FORM;
  }
  for (const packet of text.split(SEPARATOR)) {
    const verdict = judgePacket(packet);
    if (verdict === 'free') continue;
    if (isRefusal(verdict)) return verdict;
    if (verdict.capability !== 'live:stream') return { refused: 'socket-action-by-polling' };
  }
  return {};
}
