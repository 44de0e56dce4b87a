// What the annotated example shows where the schema has no default. No secret is printed anywhere (SEC-J5).

import type { ConfigInput } from '../schema.ts';

export const EXAMPLE: ConfigInput = {
  publicUrl: 'https://dash.example.com',
  trustedProxies: ['10.1.2.9/32'],
  upstreams: { grafana: { url: 'http://grafana:3000' } },
  signIn: {
    password: { usersFile: 'users.yaml' },
    tickets: [{ issuer: 'https://app.example.com', jwksUrl: 'https://app.example.com/.well-known/jwks.json' }],
    oidc: [
      {
        id: 'corp',
        label: 'Sign in with the company account',
        issuer: 'https://id.example.com/realms/plant',
        clientId: 'framegate',
        clientSecretFile: '/run/secrets/oidc',
        loginPrefix: 'corp-',
      },
    ],
  },
  session: { secretFile: '/run/secrets/session' },
  embed: { hosts: ['https://app.example.com'] },
  access: {
    rules: [
      {
        name: 'operators watch their plant',
        who: { groups: ['operators'] },
        may: ['everything'],
        on: { upstream: 'grafana' },
        as: { role: 'Viewer' },
      },
    ],
  },
};

/** Values of keys that the example shows commented out, by key path. */
export const SUGGESTIONS: ReadonlyMap<string, string> = new Map([
  ['upstreams.<name>.identityHeaders.user', 'X-WEBAUTH-USER'],
  ['upstreams.<name>.identityHeaders.name', 'X-WEBAUTH-NAME'],
  ['upstreams.<name>.identityHeaders.email', 'X-WEBAUTH-EMAIL'],
  ['upstreams.<name>.identityHeaders.groups', 'X-WEBAUTH-GROUPS'],
  ['upstreams.<name>.identityHeaders.role', 'X-WEBAUTH-ROLE'],
  ['upstreams.<name>.tls.caFile', '/etc/framegate/grafana-ca.pem'],
  ['upstreams.<name>.tls.certFile', '/etc/framegate/client.pem'],
  ['upstreams.<name>.tls.keyFile', '/run/secrets/client-key.pem'],
  ['upstreams.<name>.tls.serverName', 'grafana.internal'],
  ['upstreams.<name>.maxBodyBytes', '10485760'],
  ['upstreams.<name>.health.path', '/api/health'],
  ['upstreams.<name>.forwardCookies', 'none'],
  ['signIn.apiKeysFile', 'api-keys.yaml'],
  ['signIn.header.trustedPeers', '[10.0.0.5]'],
  ['signIn.header.email', 'X-Forwarded-Email'],
  ['signIn.header.displayName', 'X-Forwarded-Preferred-Username'],
  ['signIn.header.groups', 'X-Forwarded-Groups'],
  ['signIn.header.loginPrefix', 'p-'],
  ['signIn.header.secret', '...'],
  ['signIn.header.secretFile', '/run/secrets/front-proxy'],
  ['signIn.tickets[<n>].audience', 'https://dash.example.com'],
  ['signIn.tickets[<n>].jwksFile', 'ticket-key.jwks.json'],
  ['signIn.tickets[<n>].publicKeyFile', 'ticket-key.pem'],
  ['signIn.tickets[<n>].secret', '...'],
  ['signIn.tickets[<n>].secretFile', '/run/secrets/tickets'],
  ['signIn.oidc[<n>].clientSecret', '...'],
  ['signIn.oidc[<n>].postLogoutUrl', 'https://app.example.com/goodbye'],
  ['signIn.oidc[<n>].caFile', '/etc/framegate/id-ca.pem'],
  ['session.secret', '...'],
  ['session.storePassword', '...'],
  ['session.storePasswordFile', '/run/secrets/redis'],
  ['session.storeCaFile', '/etc/framegate/redis-ca.pem'],
  ['session.ticketIdleTimeout', '2h'],
  ['session.maxSocketAge', '1h'],
  ['access.rules[<n>].who.everyone', 'true'],
  ['access.rules[<n>].who.users', '[alice]'],
  ['access.rules[<n>].who.emails', '[alice@example.com]'],
  ['access.rules[<n>].who.domains', '[example.com]'],
]);
