// A real OpenID provider (oidc-provider) in this process, on loopback: it signs in whom the test names, without asking.
// Its answers can be replaced one by one, for what a good provider never sends.

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import Provider, { type Configuration } from 'oidc-provider';

export const CLIENT_ID = 'framegate';
export const CLIENT_SECRET = 'a-client-secret-of-the-tests-7Kq2';

export type Account = Readonly<Record<string, unknown>> & { readonly sub: string };

export interface OidcProviderOptions {
  /** `http://localhost:8000`: whose callback is registered. Default: that of `register`. */
  readonly gateUrl?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Default: 127.0.0.1, whose cookies are not those of a gate on localhost. */
  readonly host?: '127.0.0.1' | 'localhost';
  /** People are asked by a page with a button before they are signed in. Default: at once. */
  readonly asks?: boolean;
  /** How the client shows its secret. Default: client_secret_basic. */
  readonly clientAuth?: 'client_secret_basic' | 'client_secret_post' | 'none';
  readonly configuration?: Configuration;
}

export const ALICE: Account = {
  sub: 'u-alice',
  preferred_username: 'alice',
  name: 'Alice Berg',
  email: 'alice@example.com',
  groups: ['operators'],
};

const HEAD = '<!doctype html><title>Provider</title><link rel="icon" href="data:,">';

/** Answers in the provider's place. Default: the provider itself. */
type Replacement = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;

export class TestOidcProvider {
  readonly issuer: string;
  /** Who signs in next. */
  account: Account = ALICE;
  /** By path; `*` for every one. */
  readonly replaced = new Map<string, Replacement>();
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #options: OidcProviderOptions;
  readonly #server: Server;
  #provider!: Provider;
  #gateUrl: string;
  #keys: { readonly jwk: JWK; readonly kid: string }[] = [];
  readonly #accounts = new Map<string, Account>();

  private constructor(options: OidcProviderOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    this.#gateUrl = options.gateUrl ?? 'http://localhost:1';
    this.issuer = `http://${options.host ?? '127.0.0.1'}:${(server.address() as AddressInfo).port}`;
  }

  static async start(options: OidcProviderOptions): Promise<TestOidcProvider> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    const started = new TestOidcProvider(options, server);
    await started.rotateKeys();
    server.on('request', (req, res) => void started.#answer(req, res));
    return started;
  }

  /** The gate whose callback is registered from now on. */
  register(gateUrl: string): void {
    this.#gateUrl = gateUrl;
    this.#provider = this.#create();
  }

  /** New keys, and none of the old ones. */
  async rotateKeys(): Promise<void> {
    const kid = randomUUID();
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    this.#keys = [{ kid, jwk: { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'RS256' } }];
    this.#provider = this.#create();
  }

  /** A token with the provider's own signature; `exp` and `iat` are good unless given. */
  async sign(claims: JWTPayload, header: { readonly typ?: string; readonly kid?: string } = {}): Promise<string> {
    const [key] = this.#keys;
    if (key === undefined) throw new Error('no key');
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: this.issuer, aud: CLIENT_ID, iat: now, exp: now + 120, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header })
      .sign(key.jwk);
  }

  /** The token endpoint gives this ID token from now on, whatever the code. */
  giveToken(idToken: string): void {
    this.replaced.set('/token', (_req, res) => {
      res.setHeader('Content-Type', 'application/json');
      res.end(JSON.stringify({ access_token: 'x', token_type: 'Bearer', expires_in: 60, id_token: idToken }));
    });
  }

  /** Answers as the provider itself does; for a replacement that only comes first. */
  passOn(req: IncomingMessage, res: ServerResponse): void {
    void this.#provider.callback()(req, res);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #create(): Provider {
    const { configuration = {}, clientAuth = 'client_secret_basic' } = this.#options;
    const gateUrl = this.#gateUrl;
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: CLIENT_ID,
          ...(clientAuth === 'none' ? {} : { client_secret: CLIENT_SECRET }),
          token_endpoint_auth_method: clientAuth,
          redirect_uris: ['', '/p0', '/p1'].map((own) => `${gateUrl}/_gate/oidc/callback${own}`),
          post_logout_redirect_uris: [`${gateUrl}/_gate/signed-out`],
          backchannel_logout_uri: `${gateUrl}/_gate/oidc/backchannel-logout`,
          backchannel_logout_session_required: true,
        },
      ],
      jwks: { keys: this.#keys.map(({ jwk }) => jwk) } as NonNullable<Configuration['jwks']>,
      cookies: { keys: ['a key of the tests for cookies'] },
      claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups'], email: ['email', 'email_verified'] },
      pkce: { required: () => true },
      features: {
        devInteractions: { enabled: false },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: {
          logoutSource: async (ctx, form) => {
            ctx.body = `${HEAD}${form}<button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>`;
          },
        },
      },
      interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
      findAccount: (_ctx, id) => ({ accountId: id, claims: () => this.#accounts.get(id) ?? { sub: id } }),
      // Whoever signs in agrees to everything.
      loadExistingGrant: async (ctx) => {
        const { client, session, params } = ctx.oidc;
        const grant = new ctx.oidc.provider.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' });
        grant.addOIDCScope(String(params?.['scope'] ?? 'openid'));
        await grant.save();
        return grant;
      },
      // The provider's own would refuse to send log-out tokens to loopback.
      fetch: (url, { dispatcher: _guard, ...init }: RequestInit & { dispatcher?: unknown } = {}) => fetch(url, init),
      ttl: { Session: 3600, Grant: 3600, Interaction: 3600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
      ...configuration,
    } as Configuration);
    return provider;
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = (req.url ?? '').split('?', 1)[0] ?? '';
    this.asked.push(path);
    const replacement = this.replaced.get(path) ?? this.replaced.get('*');
    if (replacement !== undefined) {
      await replacement(req, res);
      return;
    }
    if (!path.startsWith('/interaction/')) {
      this.passOn(req, res);
      return;
    }
    if (this.#options.asks === true && req.method === 'GET') {
      res.setHeader('Content-Type', 'text/html');
      res.end(`${HEAD}<form method="post" action="${path}"><button>Be ${this.account.sub}</button></form>`);
      return;
    }
    this.#accounts.set(this.account.sub, this.account);
    await this.#provider.interactionFinished(req, res, { login: { accountId: this.account.sub } });
  }
}
