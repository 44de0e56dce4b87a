// The shape of one upstream.

import { z } from 'zod';
import { duration, filePath, headerName } from './schema-parts.ts';
import { pathRule } from './schema-paths.ts';
import { signedIdentity } from './schema-signed-identity.ts';
import { version } from './schema-version.ts';

const identityHeaders = z
  .strictObject({
    user: headerName.optional().describe('Carries the login. Grafana: `[auth.proxy] header_name`.'),
    name: headerName.optional().describe('Carries the display name.'),
    email: headerName.optional().describe('Carries the e-mail address.'),
    groups: headerName.optional().describe('Carries the groups, separated by commas.'),
    role: headerName.optional().describe('Carries `as.role` of the rule that allowed the request.'),
  })
  .describe('Names of the identity headers; default: those of the preset. What is left out is not sent, but still removed from requests.');

const tls = z
  .strictObject({
    caFile: filePath
      .optional()
      .describe("CA certificates (PEM) that the upstream's certificate is checked by, in place of the public ones."),
    certFile: filePath.optional().describe('Client certificate (PEM) that framegate shows, its chain after it.'),
    keyFile: filePath.optional().describe('Private key of certFile (PEM, without a passphrase).'),
    serverName: z
      .string()
      .regex(/^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/, {
        error: 'is not a host name. Write the name that stands in the certificate, such as grafana.internal',
      })
      .optional()
      .describe('Name that the certificate must be for, sent as SNI too. Default: the host name of `url`.'),
  })
  .describe('For an https `url`. The certificate is always verified.');

const health = z
  .strictObject({
    path: z
      .string()
      .regex(/^\/[!-~]*$/, { error: 'is not a path. Write for example /api/health' })
      .refine((path) => !path.includes('#'), { error: 'holds a fragment. Write for example /api/health' })
      .optional()
      .describe(
        'Asked for at each interval, without identity, after the path of `url`; Grafana: /api/health. An answer below 500 is well. Absent: health is known from requests alone.',
      ),
    interval: duration('10s').describe('Pause between two probes of `path`.'),
    failures: z
      .int()
      .min(1)
      .max(1000)
      .default(5)
      .describe('Failed connections or probes in a row after which the upstream counts as down: requests get 503 at once.'),
    openFor: duration('5s').describe(
      'How long it counts as down before it is tried again, by one request, or by a probe where `path` is set.',
    ),
  })
  .prefault({});

export const AMBIGUOUS_FORMS = ['encoded-slash', 'semicolon', 'double-slash'] as const;

export const upstream = z.strictObject({
  preset: z.enum(['grafana', 'prometheus', 'node-red', 'generic']).default('grafana').describe('What kind of dashboard server this is.'),
  version,
  paths: z
    .array(pathRule)
    .max(1000)
    .default([])
    .describe(
      'What requests do, for the preset `generic`: the first that fits counts. What fits none, or only in another spelling, is `unknown`.',
    ),
  url: z
    .string()
    .describe(
      'Where the dashboard server is: http://host:port, https://host, or unix:/path/of/its.sock. A path of http and https is put before every request path.',
    ),
  tls: tls.optional(),
  mount: z
    .string()
    .regex(/^\/(?:[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*)?$/, {
      error: 'is not a mount path. Write "/" or a path such as "/grafana", without a slash at the end',
    })
    .default('/')
    .describe('Path under which browsers see this upstream. Matched at segment boundaries.'),
  stripMount: z
    .boolean()
    .default(false)
    .describe('Remove the mount from the path before forwarding. Off suits Grafana with `serve_from_sub_path = true`.'),
  host: z
    .enum(['public', 'upstream'])
    .default('public')
    .describe(
      "public: the browser's Host goes upstream (Grafana compares it with Origin). upstream: Host, Origin and Referer are rewritten to the upstream's.",
    ),
  engine: z
    .enum(['auto', 'http-proxy', 'undici'])
    .default('auto')
    .describe("What carries HTTP requests; auto is framegate's own client, the cheapest. WebSockets are always carried by http-proxy."),
  identityHeaders: identityHeaders.optional(),
  signedIdentity: signedIdentity
    .optional()
    .describe('Tell the upstream who is asking by a short-lived signed JWT as well. Its public keys are at /_gate/jwks.json.'),
  encodeIdentity: z
    .boolean()
    .default(false)
    .describe(
      'Send names, e-mails and groups quoted-printable encoded (Grafana: `[auth.proxy] headers_encoded = true`). Off: a value that a header cannot carry is left out.',
    ),
  timeouts: z
    .strictObject({
      connect: duration('5s').describe('Until the connection stands; then 504.'),
      firstByte: duration('30s').describe("Until the answer's head arrives; then 504."),
      idle: duration('60s').describe('Longest pause within an answer (not in event streams and WebSockets); then the answer is cut.'),
    })
    .prefault({}),
  maxSockets: z.int().min(1).max(10_000).default(256).describe('Most connections to this upstream at a time.'),
  maxQueue: z.int().min(0).max(100_000).default(1024).describe('Most requests that wait for a connection; the next one gets 503.'),
  maxBodyBytes: z
    .int()
    .min(1)
    .optional()
    .describe('Longest body of a request, in bytes; above it 413, nothing is buffered. Absent: no bound.'),
  health: health.describe('When an upstream counts as down.'),
  assets: z
    .strictObject({
      cache: z
        .boolean()
        .default(true)
        .describe(
          "Keep the preset's static files in memory; only what the upstream calls `public` with a `max-age`, and asked for after the policy.",
        ),
      maxMegabytes: z
        .int()
        .min(1)
        .max(65_536)
        .default(128)
        .describe('Most memory for them, in MiB; what was used least recently goes first.'),
      compress: z.boolean().default(true).describe('Keep them compressed as well (Brotli, gzip), and send what the browser accepts.'),
    })
    .prefault({})
    .describe('Static files of the dashboard server. `generic` knows none.'),
  compressJson: z
    .boolean()
    .default(true)
    .describe('Compress JSON over 1 kB that the upstream sent plain, for requests of our own pages only.'),
  allowInPath: z
    .array(z.enum(AMBIGUOUS_FORMS))
    .default([])
    .describe('Ambiguous forms that are let through, only in the free tail of resource, data source proxy and ruler routes.'),
  forwardCookies: z
    .union([z.enum(['none', 'all']), z.array(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/))])
    .optional()
    .describe(
      "Which of the browser's cookies go upstream: none, all (never framegate's own), or a list of names. Default: all for `generic`, else none.",
    ),
});
