import type { Html } from '../html.ts';
import { html } from '../html.ts';

/** What every page needs to know about where it is. */
export interface PageView {
  /** Name of the service as the operator gave it (`embed.title`). */
  readonly title: string;
  /** Path of the own routes, such as `/_gate`. */
  readonly prefix: string;
  readonly nonce: string;
  /** Address of a file of public/, such as `assets/gate.css`. */
  asset(name: string): string;
}

export interface DocumentParts {
  readonly heading: string;
  readonly body: Html;
  /** Files of public/, run in this order when the page is there. */
  readonly scripts?: readonly string[];
  /** For the scripts: `data-` attributes of the element with id `framegate`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly framed?: boolean;
}

/** A whole page. No inline script or style: what a script needs stands in `data-` attributes. */
export function buildDocument(view: PageView, parts: DocumentParts): Html {
  const settings = Object.entries(parts.settings ?? {}).map(([name, value]) => html` data-${name}="${value}"`);
  const scripts = (parts.scripts ?? []).map((name) => html`<script src="${view.asset(name)}" nonce="${view.nonce}" defer></script>\n`);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${parts.heading} - ${view.title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${view.asset('assets/gate.css')}" nonce="${view.nonce}">
</head>
<body class="${parts.framed === true ? 'framed' : 'whole'}">
<main id="framegate"${settings}>
<p class="service">${view.title}</p>
<h1>${parts.heading}</h1>
${parts.body}
</main>
${scripts}</body>
</html>
`;
}
