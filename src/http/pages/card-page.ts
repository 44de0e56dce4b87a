import type { Html } from '../html.ts';
import { html } from '../html.ts';
import { buildHostMessage } from './host-message.ts';
import type { PageView } from './layout.ts';
import { buildDocument } from './layout.ts';

export interface CardContent {
  readonly hosts: readonly string[];
  /** True where people can sign in with a password: then the card has its one button. */
  readonly popup: boolean;
}

/**
 * What somebody who is not signed in sees in the frame. Never a password field and never a form: whoever frames us
 * could lay something over it (SEC-B13.2). The button opens a window, whose one-time code comes back to this page.
 */
export function buildCardPage(view: PageView, { hosts, popup }: CardContent): Html {
  const text = popup
    ? html`<p>Sign in to see this dashboard. A window opens for it and closes by itself.</p>
<p class="actions"><button type="button" id="sign-in" class="primary">Sign in</button></p>
<p id="status" role="status" class="small"></p>`
    : html`<p>The application around this frame has to sign you in. Reload its page; if this stays, sign in there again.</p>`;
  return buildDocument(view, {
    heading: 'You are not signed in',
    framed: true,
    scripts: ['assets/frame.js', ...(popup ? ['assets/card.js'] : [])],
    settings: {
      ...buildHostMessage(hosts, { type: 'framegate:signed-out', version: 1 }),
      ...(popup && { login: `${view.prefix}/login`, redeem: `${view.prefix}/redeem`, state: `${view.prefix}/state` }),
    },
    body: text,
  });
}
