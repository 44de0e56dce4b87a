// Routes of Node-RED with one of its dashboards: FlowFuse's (`/dashboard`) and the classic one (`/ui`). The rest is the
// editor with its API, at the same root unless `httpAdminRoot` says otherwise, and whatever endpoints the flows make.

import type { Capability } from '../../policy/capability.ts';
import type { PathRule } from '../../policy/path-rule.ts';

const READ = ['GET'];

const list = (capability: Capability, methods: readonly string[] | undefined, paths: readonly string[]): readonly PathRule[] =>
  paths.map((path) => ({ path, methods, capability }));

/** Static files: no page of a dashboard lies below these. */
export const ASSET_FOLDERS = ['/dashboard/assets', '/ui/css', '/ui/fonts', '/ui/i18n', '/ui/icons', '/ui/js', '/ui/vendor'];

/** Of the dashboards, and of the engine that carries their socket: `/**` as it takes everything that begins like this. */
const SOCKETS = ['/dashboard/socket.io/**', '/ui/socket.io/**'];

const FLOW_EDITOR = [
  '/',
  '/auth/login',
  '/comms',
  '/context',
  '/core',
  '/credentials',
  '/debug',
  '/diagnostics',
  '/flow',
  '/flows',
  '/icons',
  '/inject',
  '/library',
  '/locales',
  '/nodes',
  '/plugins',
  '/projects',
  '/red',
  '/settings',
  '/theme',
  '/types',
  '/ui_base',
  '/uisettings',
  '/vendor',
].map((path) => (path === '/' ? path : `${path}/**`));

export const NODE_RED_ROUTES: readonly PathRule[] = [
  ...list('live:stream', ['GET', 'POST'], SOCKETS),
  ...list(
    'asset',
    READ,
    ASSET_FOLDERS.map((folder) => `${folder}/**`),
  ),
  ...list('asset', READ, [
    '/dashboard/manifest.webmanifest',
    '/dashboard/*.ico',
    '/dashboard/*.svg',
    '/dashboard/*.png',
    '/dashboard/sw.js',
    '/ui/manifest.json',
    '/ui/*.ico',
    '/ui/*.png',
    '/favicon.ico',
    // Scripts of further widgets.
    '/resources/**',
  ]),
  ...list('bootstrap', READ, ['/dashboard/_setup']),
  // The last message of any widget, and the dashboards' part of the editor's API.
  ...list('server-admin', undefined, ['/dashboard/_debug/**', '/dashboard/api/**', '/dashboard/chart/**']),
  ...list('dashboard:read', READ, ['/dashboard/**', '/ui/**']),
  ...list('server-admin', undefined, FLOW_EDITOR),
  ...list('auth', undefined, ['/auth/**']),
];
