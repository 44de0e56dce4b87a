import type { Html } from '../html.ts';
import { html } from '../html.ts';
import type { PageView } from './layout.ts';
import { buildDocument } from './layout.ts';

/** Carried through every form of the sign-in. */
export interface LoginState {
  readonly csrf: string;
  /** Path and query at our origin. */
  readonly returnTo: string;
  /** Of the frame that opened this window (RFC 7636 4.2); undefined outside a popup. */
  readonly challenge: string | undefined;
}

/** Another way to sign in: a link, as a form's redirects would be held to `form-action`. */
export interface ProviderLink {
  readonly id: string;
  readonly label: string;
  readonly href: string;
}

export interface LoginContent extends LoginState {
  readonly providers: readonly ProviderLink[];
  readonly hasPassword: boolean;
  readonly username?: string;
  readonly error?: string;
  /** Who is signed in already. */
  readonly signedInAs?: string;
}

function buildHiddenFields({ csrf, returnTo, challenge }: LoginState): Html {
  const challengeField = challenge === undefined ? undefined : html`\n<input type="hidden" name="challenge" value="${challenge}">`;
  return html`<input type="hidden" name="csrf" value="${csrf}">
<input type="hidden" name="returnTo" value="${returnTo}">${challengeField}`;
}

function buildNote({ signedInAs, returnTo, error }: LoginContent): Html | undefined {
  if (error !== undefined) return html`<p role="alert" class="error" id="error">${error}</p>\n`;
  if (signedInAs === undefined) return undefined;
  return html`<p class="note">You are signed in as <strong>${signedInAs}</strong>. <a href="${returnTo}">Continue</a></p>\n`;
}

function buildProviders({ providers, hasPassword }: LoginContent): Html | undefined {
  if (providers.length === 0) return undefined;
  const links = providers.map(({ label, href }) => html`<p class="actions"><a class="button" href="${href}">${label}</a></p>\n`);
  return html`${hasPassword ? html`<p class="small">Or:</p>\n` : undefined}${links}`;
}

function buildForm(view: PageView, content: LoginContent): Html {
  const { username = '', error } = content;
  const described = error === undefined ? undefined : html` aria-describedby="error" aria-invalid="true"`;
  // The field that is still empty gets the cursor.
  const focusName = username === '' ? html` autofocus` : undefined;
  const focusPassword = username === '' ? undefined : html` autofocus`;
  return html`<form method="post" action="${view.prefix}/login">
${buildHiddenFields(content)}
<label for="username">User name</label>
<input id="username" name="username" value="${username}" autocomplete="username" autocapitalize="none" spellcheck="false" required${described}${focusName}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${described}${focusPassword}>
<p class="actions"><button type="submit" class="primary">Sign in</button></p>
</form>`;
}

export function buildLoginPage(view: PageView, content: LoginContent): Html {
  const form = content.hasPassword ? buildForm(view, content) : undefined;
  return buildDocument(view, { heading: 'Sign in', body: html`${buildNote(content)}${form}${buildProviders(content)}` });
}

/** In the popup, for somebody who is signed in here but not in the frame: one click is enough. */
export function buildContinuePage(view: PageView, content: LoginState & { readonly name: string }): Html {
  const other = `${view.prefix}/login?${new URLSearchParams({ challenge: content.challenge ?? '', other: '1' })}`;
  return buildDocument(view, {
    heading: 'Sign in',
    body: html`<p>You are signed in as <strong>${content.name}</strong>.</p>
<form method="post" action="${view.prefix}/login">
${buildHiddenFields(content)}
<input type="hidden" name="continue" value="1">
<p class="actions"><button type="submit" class="primary" autofocus>Continue as ${content.name}</button> <a href="${other}">Use another account</a></p>
</form>`,
  });
}
