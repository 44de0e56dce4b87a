// What is to be known of each capability, in one table: the smallest bundle that holds it, and how a rule that is limited
// to some dashboards, folders, data sources or plugins treats it. docs/capabilities.md is made from it.

import type { Capability } from './capability.ts';
import type { ResourceKind } from './request.ts';

/** From the smallest to the largest; each holds what the ones before it hold. */
export const BUNDLES = ['view', 'explore', 'edit', 'admin', 'everything'] as const;
export type Bundle = (typeof BUNDLES)[number];

/**
 * What a limit of a kind does to a capability. Absent: nothing, the capability has nothing to do with the kind.
 * - `scoped`: what the request names of the kind has to be listed, and it has to name something that is scoped.
 * - `written`: the same, but only for a rule that is limited to some of the kind itself, not by another kind (limits.ts).
 * - `listed`: the same, but an answer that lists things of the kind and is filtered may name none of it.
 * - `unlimited-only`: the capability could go round the limit, so a rule with such a limit never grants it.
 */
export type LimitEffect = 'scoped' | 'written' | 'listed' | 'unlimited-only';
type Scope = { readonly [kind in ResourceKind]?: LimitEffect };

export interface CapabilityFacts {
  /** `nobody`: no rule grants it. */
  readonly bundle: Bundle | 'nobody';
  /** A sentence without its full stop. */
  readonly meaning: string;
  readonly scope: Scope;
}

const FREE: Scope = {};
const DASHBOARD: Scope = { dashboards: 'scoped' };
const DASHBOARD_OR_FOLDER: Scope = { dashboards: 'scoped', folders: 'scoped' };
const DATA_SOURCE: Scope = { dataSources: 'scoped' };
const PLUGIN: Scope = { plugins: 'scoped' };
const LISTS_DASHBOARDS: Scope = { dashboards: 'listed', folders: 'listed' };
const BEYOND_DASHBOARDS: Scope = { dashboards: 'unlimited-only', folders: 'unlimited-only' };
const BEYOND_ALL: Scope = { ...BEYOND_DASHBOARDS, dataSources: 'unlimited-only', plugins: 'unlimited-only' };

const row = (bundle: CapabilityFacts['bundle'], scope: Scope, meaning: string): CapabilityFacts => ({ bundle, scope, meaning });

export const CAPABILITY_FACTS: { readonly [capability in Capability]: CapabilityFacts } = {
  asset: row('view', FREE, "static files: the upstream's scripts, styles and images"),
  bootstrap: row(
    'view',
    FREE,
    'settings and feature flags that a page starts with; credentials are taken out, data sources cut to those allowed',
  ),
  telemetry: row('view', FREE, "the page's own measurements and error reports"),
  'user:self': row('view', FREE, 'reading what belongs to the signed-in person: profile, preferences, teams'),
  'folder:read': row('view', { folders: 'written' }, 'one folder, by its uid: a dashboard shows where it lies'),
  'dashboard:read': row('view', DASHBOARD, 'one dashboard: its page, a single panel, its definition'),
  'library-panel:read': row('view', FREE, 'one library panel, by its uid: its definition, without data'),
  'dashboard:search': row('view', LISTS_DASHBOARDS, 'searching dashboards and folders; the answer is cut to those allowed'),
  'annotation:read': row('view', DASHBOARD, 'annotations of a dashboard'),
  'alert-state:read': row('view', DASHBOARD, "the states of a dashboard's alert rules"),
  'plugin:read': row('view', PLUGIN, 'settings of a panel or app plugin, without its secrets'),
  'datasource:query': row('view', DATA_SOURCE, 'queries against a data source, over HTTP and over the socket'),
  'datasource:resource': row('view', DATA_SOURCE, "calls to a data source's plugin, such as values for a variable"),
  'live:connect': row('view', FREE, 'opening the Live socket; each message on it is judged by itself'),
  'live:stream': row('view', { ...DASHBOARD, ...DATA_SOURCE, ...PLUGIN }, 'subscribing to a channel of the Live socket'),
  browse: row('explore', LISTS_DASHBOARDS, 'the home page and lists of dashboards, folders, playlists and tags'),
  explore: row('explore', BEYOND_DASHBOARDS, "Explore and the person's query history"),
  'datasource:list': row('explore', { dataSources: 'listed' }, 'the list of data sources with their addresses, and correlations'),
  'datasource:proxy': row('explore', DATA_SOURCE, "requests that Grafana passes on to a data source's own API as they are"),
  'datasource:health': row('explore', DATA_SOURCE, 'health checks of a data source'),
  'plugin:resource': row(
    'explore',
    { ...BEYOND_DASHBOARDS, dataSources: 'unlimited-only', ...PLUGIN },
    "calls to an app plugin's back end",
  ),
  'plugin:health': row('explore', PLUGIN, 'health checks of an app plugin'),
  'app-page': row('explore', { ...BEYOND_DASHBOARDS, ...PLUGIN }, 'pages of an app plugin'),
  'alerting:read': row('explore', { ...BEYOND_DASHBOARDS, ...DATA_SOURCE }, 'alert rules, their states and silences'),
  'annotation:write': row('edit', DASHBOARD, 'adding, changing and removing annotations'),
  'dashboard:write': row('edit', DASHBOARD_OR_FOLDER, 'saving, importing and removing dashboards, folders, playlists and library panels'),
  'alerting:write': row('edit', { ...BEYOND_DASHBOARDS, ...DATA_SOURCE }, 'silences and alert rules'),
  'share:write': row('edit', BEYOND_DASHBOARDS, 'making short links'),
  'live:publish': row('edit', { ...DASHBOARD, ...DATA_SOURCE, ...PLUGIN }, 'publishing to a channel of the Live socket'),
  'user:write': row('edit', FREE, 'changing what belongs to the signed-in person: preferences, stars'),
  render: row(
    'admin',
    { ...DASHBOARD, dataSources: 'unlimited-only' },
    "images made on the upstream's side, whose queries do not pass here (SEC-P11)",
  ),
  'public-dashboard': row('admin', BEYOND_ALL, 'dashboards that are public by a token, and their data'),
  snapshot: row('admin', BEYOND_ALL, 'snapshots: copies of dashboards with their data (SEC-P11)'),
  'dashboard:admin': row('admin', DASHBOARD_OR_FOLDER, 'permissions of a dashboard or folder (SEC-P13)'),
  'alerting:admin': row('admin', BEYOND_ALL, 'contact points, notification policies and the alert manager'),
  'public-dashboard-admin': row('admin', { ...DASHBOARD, dataSources: 'unlimited-only' }, 'making dashboards public'),
  'org-admin': row('admin', BEYOND_ALL, 'users, teams, data sources, plugins and settings of an organisation'),
  'org:switch': row('admin', FREE, 'changing to another organisation; a rule with as.orgId keeps to that one'),
  'server-admin': row('admin', BEYOND_ALL, 'settings, users and organisations of the whole server'),
  'plugin:metrics': row('admin', PLUGIN, 'metrics of a plugin'),
  metrics: row('admin', BEYOND_ALL, "the upstream's own metrics"),
  health: row('admin', FREE, "the upstream's health"),
  'k8s:discovery': row('admin', FREE, "lists of the upstream's API groups"),
  unknown: row('everything', BEYOND_ALL, 'every request that the preset does not know'),
  auth: row('nobody', BEYOND_ALL, "the upstream's own log-in, log-out and sign-up, and changes of login or address (SEC-J7)"),
};
