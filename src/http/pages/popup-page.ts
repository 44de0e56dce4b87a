import type { Html } from '../html.ts';
import { html } from '../html.ts';
import type { PageView } from './layout.ts';
import { buildDocument } from './layout.ts';

export interface PopupContent {
  /** One-time code for the frame; worth nothing without its verifier, and posted to our own origin only (SEC-C5). */
  readonly code: string;
  readonly publicOrigin: string;
  readonly landing: string;
}

/** Result of a sign-in in the popup: hands the code to the frame that opened it, and closes. */
export function buildPopupPage(view: PageView, { code, publicOrigin, landing }: PopupContent): Html {
  return buildDocument(view, {
    heading: 'You are signed in',
    scripts: ['assets/popup.js'],
    settings: { code, origin: publicOrigin },
    body: html`<p id="status" role="status">This window closes by itself. If it does not, close it and reload the page with the dashboard.</p>
<p class="actions"><a href="${landing}">Open the dashboards in this window</a></p>`,
  });
}
