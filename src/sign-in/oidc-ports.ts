// What sign-in with identity providers offers to the routes.

import type { Identity } from '../kernel/identity.ts';

/** Where somebody who goes to a provider comes from, and goes on to. */
interface OidcJourney {
  /** `id` of the provider. */
  readonly provider: string;
  /** Absolute, at our origin. */
  readonly returnTo: string;
  /** Of the frame whose popup this is (RFC 7636 4.2); undefined outside a popup. */
  readonly challenge?: string;
  /** When it began, in milliseconds since the epoch: what ends sessions from before now ends the sign-in, too. */
  readonly beganAtMs: number;
}

export interface OidcStart extends OidcJourney {
  /** Secret that only this browser has, from a cookie. */
  readonly browser: string;
  /** Address of our own routes, such as https://dash.example.com/_gate */
  readonly base: string;
  /** Somebody else is to sign in, so the provider must ask although it knows who is there. */
  readonly again: boolean;
  readonly address: string;
}

/** A sign-in that is under way, once the browser that began it has come back; usable once. */
export interface OidcTransaction extends OidcJourney {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface OidcPerson {
  readonly identity: Identity;
  readonly provider: { readonly id: string; readonly sid?: string; readonly idToken?: string };
}

/** Whose sessions a provider ends: all of a person, or one session of the provider's. */
export interface OidcLogout {
  readonly provider: string;
  readonly issuer: string;
  readonly subject?: string;
  readonly providerSid?: string;
}

export interface OidcSignIn {
  readonly providers: readonly { readonly id: string; readonly label: string }[];
  /** Paths below our own routes that providers send browsers back to. */
  readonly callbacks: readonly string[];
  /** Looks every provider up; what fails is logged. */
  warmUp(): Promise<void>;
  /**
   * The address at the provider that the browser has to go to.
   * @throws {FramegateError} FRAMEGATE_NOT_FOUND (no such provider), FRAMEGATE_TOO_MANY (429),
   *   FRAMEGATE_PROVIDER_UNAVAILABLE (503), FRAMEGATE_STORE_UNAVAILABLE (503).
   */
  begin(start: OidcStart): Promise<string>;
  /**
   * The sign-in that a callback continues, used up with this: only the browser that began it gets it (SEC-R8).
   * @throws {FramegateError} FRAMEGATE_OIDC_REFUSED (400), FRAMEGATE_STORE_UNAVAILABLE (503).
   */
  resume(parameters: URLSearchParams, browser: string | undefined): Promise<OidcTransaction>;
  /**
   * Exchanges the code and reads who it is. Checked: the callback that it came to, state, `iss` of the answer, PKCE, signature, `iss`, `aud`, `azp`,
   * times and nonce of the ID token, then claims and login. The person is authenticated, not yet authorized.
   * @throws {FramegateError} FRAMEGATE_OIDC_REFUSED (400; `reason` says why, for the log only),
   *   FRAMEGATE_IDENTITY_REFUSED (the login is somebody else's), FRAMEGATE_PROVIDER_UNAVAILABLE (503).
   */
  complete(
    transaction: OidcTransaction,
    parameters: URLSearchParams,
    cameTo: { readonly base: string; readonly path: string },
  ): Promise<OidcPerson>;
  /** Where a browser ends the provider's own session; undefined where there is no such place, or it is not known now. */
  findLogoutUrl(provider: OidcPerson['provider'], ownPage: string): string | undefined;
  /** Origins of all these places, for our pages' `form-action`. */
  logoutOrigins(): readonly string[];
  /**
   * Verifies a log-out token (OpenID Connect Back-Channel Logout 1.0, 2.6) and runs `end` for what it names; a token
   * counts once, unless `end` failed.
   * @throws {FramegateError} FRAMEGATE_OIDC_REFUSED (400), FRAMEGATE_PROVIDER_UNAVAILABLE (503), what `end` throws.
   */
  acceptLogout(token: string | undefined, end: (logout: OidcLogout) => Promise<void>): Promise<void>;
}
