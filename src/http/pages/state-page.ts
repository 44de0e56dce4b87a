import type { Html } from '../html.ts';
import { html } from '../html.ts';
import { buildHostMessage } from './host-message.ts';
import type { PageView } from './layout.ts';
import { buildDocument } from './layout.ts';

export interface SessionState {
  readonly signedIn: boolean;
  readonly login: string | null;
  /** ISO 8601, UTC. */
  readonly endsAt: string | null;
  /** From now on; the clock of the viewer may be wrong. */
  readonly endsInMs: number | null;
}

/** Tells the host page until when the session runs, and nothing else. embed.js loads it in a hidden frame. */
export function buildStatePage(view: PageView, hosts: readonly string[], state: SessionState): Html {
  return buildDocument(view, {
    heading: 'Session',
    framed: true,
    scripts: ['assets/frame.js'],
    settings: buildHostMessage(hosts, { type: 'framegate:session', version: 1, ...state }),
    body: html`<p>${state.signedIn ? 'Signed in.' : 'Not signed in.'}</p>`,
  });
}
