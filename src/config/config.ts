// The configuration in force: defaults filled in, files read, durations in milliseconds, all cross checks passed.

import type { Secret } from '../kernel/secret.ts';
import type { PathRule } from '../policy/path-rule.ts';
import type { Preset } from '../policy/preset.ts';
import type { Rule } from '../policy/rule.ts';
import type { ApiKeysFile } from './api-key.ts';
import type { OidcProviderConfig } from './oidc-provider.ts';
import type { AMBIGUOUS_FORMS } from './schema.ts';
import type { SignedIdentityConfig } from './signed-identity.ts';
import type { TicketIssuerConfig } from './ticket-issuer.ts';

export type { TicketIssuerConfig };

type AmbiguousForm = (typeof AMBIGUOUS_FORMS)[number];

export interface PublicUrl {
  /** Serialised origin, for example `https://dash.example.com`. */
  readonly origin: string;
  /** Host header values that mean us: with the port left out where it is the scheme's default. */
  readonly hosts: readonly string[];
  readonly hostname: string;
  readonly port: number;
  readonly https: boolean;
}

export interface IdentityHeaderNames {
  readonly user?: string;
  readonly name?: string;
  readonly email?: string;
  readonly groups?: string;
  readonly role?: string;
}

/** How an https upstream is checked, beside its name; absent parts are Node's own. */
export interface UpstreamTls {
  /** PEM; in place of the public CAs. */
  readonly ca: string | undefined;
  /** PEM with its chain; what framegate shows of itself. */
  readonly cert: string | undefined;
  /** PEM, not encrypted. */
  readonly key: Secret | undefined;
  /** Whom the certificate must be for; undefined: the host name of `origin`. */
  readonly serverName: string | undefined;
}

interface UpstreamHealth {
  /** Asked for again and again; undefined: health is known from requests alone. */
  readonly path: string | undefined;
  readonly intervalMs: number;
  /** Failed connections in a row that open the circuit. */
  readonly failures: number;
  readonly openForMs: number;
}

export interface UpstreamConfig {
  readonly name: string;
  readonly preset: Preset['name'];
  /** One of the preset's major versions; undefined: it has none, or the upstream is asked. */
  readonly version: number | undefined;
  /** For the preset `generic` alone; empty: nothing is known of its routes. */
  readonly paths: readonly PathRule[];
  /** Origin of the upstream, for example `http://grafana:3000`; `http://localhost` behind a Unix socket. */
  readonly origin: string;
  /** Absolute path of the Unix socket that is connected to instead of the origin's host and port. */
  readonly socketPath: string | undefined;
  readonly tls: UpstreamTls | undefined;
  /** Path put before every forwarded path; empty or `/base`. */
  readonly basePath: string;
  /** `/` or `/grafana`. */
  readonly mount: string;
  readonly stripMount: boolean;
  readonly host: 'public' | 'upstream';
  readonly engine: 'auto' | 'http-proxy' | 'undici';
  readonly identityHeaders: IdentityHeaderNames | undefined;
  /** undefined: the upstream gets no signed token. */
  readonly signedIdentity: SignedIdentityConfig | undefined;
  readonly encodeIdentity: boolean;
  readonly timeouts: { readonly connectMs: number; readonly firstByteMs: number; readonly idleMs: number };
  readonly maxSockets: number;
  readonly maxQueue: number;
  /** Longest body of a request; undefined: no bound. */
  readonly maxBodyBytes: number | undefined;
  readonly health: UpstreamHealth;
  readonly assets: {
    readonly cache: boolean;
    /** In MiB. */
    readonly maxMegabytes: number;
    readonly compress: boolean;
  };
  readonly compressJson: boolean;
  readonly allowInPath: readonly AmbiguousForm[];
  readonly forwardCookies: 'none' | 'all' | readonly string[] | undefined;
}

/** A proxy in front that says who is asking. */
export interface HeaderSignInConfig {
  /** Addresses, each of one machine. */
  readonly trustedPeers: readonly string[];
  /** Names in lower case. */
  readonly headers: {
    readonly user: string;
    readonly email: string | undefined;
    readonly displayName: string | undefined;
    readonly groups: string | undefined;
  };
  /** One character. */
  readonly groupsSeparator: string;
  readonly issuer: string;
  /** Put before the header's value to make the login; empty unless set. */
  readonly loginPrefix: string;
  /** What the proxy has to send besides; the name in lower case. */
  readonly proof: { readonly header: string; readonly secret: Secret } | undefined;
}

export interface PasswordUser {
  readonly name: string;
  /** PHC string of argon2id. */
  readonly passwordHash: string;
  readonly email: string | undefined;
  readonly displayName: string | undefined;
  readonly groups: readonly string[];
  readonly disabled: boolean;
  /** People of other sign-in methods who are this account; default: nobody. */
  readonly links?: readonly AccountLink[];
}

/** An account of another issuer: what its tickets, tokens or headers name. */
export interface AccountLink {
  readonly issuer: string;
  readonly subject: string;
}

export interface Rate {
  readonly count: number;
  readonly windowMs: number;
}

export interface AdminConfig {
  readonly host: string;
  readonly port: number;
  /** Names that the admin API is asked by, beside addresses, localhost and `host`; lower case. */
  readonly hosts: readonly string[];
  /** What the admin API asks for; undefined: nothing, and `host` is loopback. */
  readonly token: Secret | undefined;
}

/** Where shared state is kept. */
export type StoreConfig =
  | { readonly kind: 'memory' }
  /** Absolute path. */
  | { readonly kind: 'sqlite'; readonly file: string }
  | {
      readonly kind: 'redis';
      readonly host: string;
      readonly port: number;
      readonly tls: boolean;
      /** PEM; in place of the public CAs. */
      readonly ca: string | undefined;
      readonly username: string | undefined;
      readonly password: Secret | undefined;
      readonly database: number;
      /** Begins every key. */
      readonly prefix: string;
    };

/** Where the audit log goes, and which decisions it keeps. */
export type AuditConfig = { readonly decisions: 'denied' | 'writes' | 'all' } & (
  | { readonly to: 'stdout' | 'off' }
  /** Absolute path. */
  | { readonly to: 'file'; readonly file: string }
);

export interface Config {
  readonly publicUrl: PublicUrl;
  readonly listen: { readonly host: string; readonly port: number };
  /** undefined: there is no admin listener. */
  readonly admin: AdminConfig | undefined;
  readonly trustedProxies: readonly string[];
  readonly upstreams: readonly UpstreamConfig[];
  readonly signIn: {
    /** undefined: no password sign-in. */
    readonly users: readonly PasswordUser[] | undefined;
    /** Absolute path of the file that they are in. */
    readonly usersFile: string | undefined;
    readonly tickets: readonly TicketIssuerConfig[];
    /** undefined: there are no API keys. */
    readonly apiKeys: ApiKeysFile | undefined;
    /** undefined: no header says who is asking. */
    readonly header: HeaderSignInConfig | undefined;
    readonly oidc: readonly OidcProviderConfig[];
  };
  readonly session: {
    readonly secrets: readonly Secret[];
    readonly store: StoreConfig;
    /** How long people who are signed in go on while the store cannot be reached. */
    readonly outageWindowMs: number;
    readonly idleTimeoutMs: number;
    readonly ticketIdleTimeoutMs: number | undefined;
    readonly absoluteTimeoutMs: number;
    readonly maxSessions: number;
    /** Most sessions of one person; undefined: no limit of its own. */
    readonly maxPerUser: number | undefined;
    readonly maxSockets: number;
    /** Longest life of a WebSocket; undefined: that of its session. */
    readonly maxSocketAgeMs: number | undefined;
  };
  readonly embed: {
    readonly hosts: readonly string[];
    readonly cookies: 'lax' | 'partitioned';
    readonly storageStandIn: boolean;
    readonly crossOriginIsolated: boolean;
    readonly title: string;
  };
  readonly limits: {
    readonly failedLogins: Rate;
    readonly loginsPerAddress: Rate;
    readonly ticketsPerAddress: Rate;
    readonly ticketsPerIssuer: Rate;
    readonly passwordRate: Rate;
    readonly passwordChecks: number;
    /** Of one session; undefined: no bound. */
    readonly requestsPerSecond: number | undefined;
    /** Requests at once; `requestsPerSecond` where that is more. */
    readonly requestBurst: number;
    /** Of the service's listener. */
    readonly connections: number;
  };
  readonly rules: readonly Rule[];
  /** observe: what the rules deny is let through and logged. */
  readonly accessMode: 'enforce' | 'observe';
  readonly audit: AuditConfig;
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent' };
}
