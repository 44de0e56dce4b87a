import type { Html } from '../html.ts';
import { html } from '../html.ts';
import type { HostMessage } from './host-message.ts';
import { buildHostMessage } from './host-message.ts';
import type { PageView } from './layout.ts';
import { buildDocument } from './layout.ts';

export interface MessageContent {
  readonly heading: string;
  readonly sentences: readonly string[];
  readonly requestId: string;
  /** Where to go from here; only in a window of its own. */
  readonly link?: { readonly href: string; readonly text: string };
  /** Offers to sign out and then go there; only in a window of its own, never in a frame (SEC-B13.1). */
  readonly signOutTo?: string;
  /** Signs out by a form, whose answer may lead to an identity provider. */
  readonly signsOutByForm?: boolean;
  /** In the frame: told to the host page. */
  readonly frame?: { readonly hosts: readonly string[]; readonly message: HostMessage };
}

function buildActions({ link, signOutTo }: MessageContent): Html | undefined {
  if (link === undefined && signOutTo === undefined) return undefined;
  const anchor = link && html`<a class="button" href="${link.href}">${link.text}</a>`;
  const signOut = signOutTo !== undefined ? html`<button type="button" id="sign-out">Sign out</button>` : undefined;
  return html`<p class="actions">${anchor}${signOut}</p>`;
}

/** A page that says what is wrong and what to do. */
export function buildMessagePage(view: PageView, content: MessageContent): Html {
  const { frame, signOutTo, signsOutByForm = false } = content;
  return buildDocument(view, {
    heading: content.heading,
    framed: frame !== undefined,
    scripts: [...(frame ? ['assets/frame.js'] : []), ...(signOutTo !== undefined ? ['assets/sign-out.js'] : [])],
    settings: {
      ...(frame && buildHostMessage(frame.hosts, frame.message)),
      ...(signOutTo !== undefined && { logout: `${view.prefix}/logout`, next: signOutTo, ...(signsOutByForm && { form: '' }) }),
    },
    body: html`${content.sentences.map((sentence) => html`<p>${sentence}</p>\n`)}${buildActions(content)}
<p class="small">Request ${content.requestId}</p>`,
  });
}
