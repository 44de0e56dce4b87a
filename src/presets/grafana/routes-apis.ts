// Routes of the Kubernetes-style API groups below `/apis`, from a table of their kinds: a list, one by name, changes, and
// what lies below one. Groups, versions and kinds that are not here are nobody's.

import type { Capability } from '../../policy/capability.ts';
import type { AnswerFilter } from '../../policy/request.ts';
import type { Route } from './route.ts';

interface Kind {
  readonly versions: readonly string[];
  readonly resource: string;
  readonly list: Capability;
  readonly read: Capability;
  readonly write: Capability;
  /** Placeholder of the name; absent: `:name`. */
  readonly name?: string;
  /** Of one by name. */
  readonly filter?: AnswerFilter;
  /** Below one by name; a method other than GET stands in front. */
  readonly below?: readonly (readonly [path: string, capability: Capability])[];
}

const ALPHA = ['v0alpha1'];
const DASHBOARD_VERSIONS = ['v0alpha1', 'v1alpha1', 'v1beta1', 'v1', 'v2alpha1', 'v2beta1', 'v2'];

const oneWord = (versions: readonly string[], resource: string, capability: Capability, below: Kind['below'] = []): Kind => ({
  versions,
  resource,
  list: capability,
  read: capability,
  write: capability,
  below,
});

const KINDS: { readonly [group: string]: readonly Kind[] } = {
  'dashboard.grafana.app': [
    {
      versions: DASHBOARD_VERSIONS,
      resource: 'dashboards',
      name: ':dashboard',
      list: 'browse',
      read: 'dashboard:read',
      write: 'dashboard:write',
      below: [['dto', 'dashboard:read']],
    },
    {
      versions: ALPHA,
      resource: 'librarypanels',
      list: 'browse',
      read: 'library-panel:read',
      write: 'dashboard:write',
      filter: 'libraryPanel',
    },
  ],
  'folder.grafana.app': [
    {
      versions: ['v0alpha1', 'v1alpha1', 'v1beta1', 'v1'],
      resource: 'folders',
      name: ':folder',
      list: 'browse',
      read: 'folder:read',
      write: 'dashboard:write',
      below: [
        ['parents', 'browse'],
        ['counts', 'browse'],
        ['access', 'browse'],
        ['children', 'browse'],
      ],
    },
  ],
  'playlist.grafana.app': [{ versions: ALPHA, resource: 'playlists', list: 'browse', read: 'browse', write: 'dashboard:write' }],
  'iam.grafana.app': [
    oneWord(ALPHA, 'users', 'org-admin', [['teams', 'org-admin']]),
    oneWord(ALPHA, 'teams', 'org-admin', [['members', 'org-admin']]),
    oneWord(ALPHA, 'teambindings', 'org-admin'),
    oneWord(ALPHA, 'serviceaccounts', 'org-admin', [['tokens', 'org-admin']]),
    oneWord(ALPHA, 'ssosettings', 'server-admin'),
    oneWord(ALPHA, 'coreroles', 'org-admin'),
    oneWord(ALPHA, 'roles', 'org-admin'),
    oneWord(ALPHA, 'resourcepermissions', 'org-admin'),
  ],
  'notifications.alerting.grafana.app': ['receivers', 'routingtrees', 'templategroups', 'timeintervals'].map((resource) =>
    oneWord(ALPHA, resource, 'alerting:admin'),
  ),
  'provisioning.grafana.app': [
    oneWord(ALPHA, 'repositories', 'org-admin', [
      ['files', 'org-admin'],
      ['POST files/*', 'org-admin'],
      ['POST jobs', 'org-admin'],
      ['POST test', 'org-admin'],
      ['POST webhook', 'org-admin'],
      ['history', 'org-admin'],
      ['refs', 'org-admin'],
      ['resources', 'org-admin'],
      ['render/*', 'render'],
    ]),
    oneWord(ALPHA, 'jobs', 'org-admin'),
    oneWord(ALPHA, 'historicjobs', 'org-admin'),
  ],
  'secret.grafana.app': [oneWord(['v1beta1'], 'securevalues', 'server-admin'), oneWord(['v1beta1'], 'keepers', 'server-admin')],
  'shorturl.grafana.app': [
    {
      versions: ['v1alpha1'],
      resource: 'shorturls',
      list: 'browse',
      read: 'dashboard:read',
      write: 'share:write',
      below: [['goto', 'dashboard:read']],
    },
  ],
  'preferences.grafana.app': [
    // By name also those of teams and of the organisation.
    { versions: ['v1alpha1'], resource: 'preferences', list: 'user:self', read: 'user:self', write: 'org-admin' },
    {
      versions: ['v1alpha1'],
      resource: 'stars',
      list: 'user:self',
      read: 'user:self',
      write: 'user:write',
      below: [['* write/*', 'user:write']],
    },
  ],
  'userstorage.grafana.app': [{ versions: ALPHA, resource: 'user-storage', list: 'user:self', read: 'user:self', write: 'user:write' }],
  'dashboardsnapshot.grafana.app': [oneWord(ALPHA, 'dashboardsnapshots', 'snapshot', [['body', 'snapshot']])],
  'plugins.grafana.app': [
    { versions: ALPHA, resource: 'pluginmetas', name: ':plugin', list: 'plugin:read', read: 'plugin:read', write: 'org-admin' },
    oneWord(ALPHA, 'plugininstalls', 'org-admin'),
  ],
  'advisor.grafana.app': [oneWord(ALPHA, 'checks', 'server-admin'), oneWord(ALPHA, 'checktypes', 'server-admin')],
  'investigations.grafana.app': [oneWord(ALPHA, 'investigations', 'explore'), oneWord(ALPHA, 'investigationindexes', 'explore')],
  'featuretoggle.grafana.app': [
    { versions: ALPHA, resource: 'featuretoggles', list: 'bootstrap', read: 'bootstrap', write: 'server-admin' },
  ],
};

function listRoutes(group: string, kind: Kind, base: string): readonly Route[] {
  const { resource, list, read, write, name = ':name', below = [], filter } = kind;
  return kind.versions.flatMap((version) => {
    const all = `/apis/${group}/${version}${base}/${resource}`;
    const one = `${all}/${name}`;
    return [
      ['GET', all, list],
      ['POST', all, write],
      // Everybody's.
      ['DELETE', all, write === 'user:write' ? 'org-admin' : write],
      ['GET', one, read, filter === undefined ? {} : { filter }],
      ['PUT,PATCH,DELETE', one, write],
      ...below.map(([path, capability]): Route => {
        const [method, tail] = path.includes(' ') ? path.split(' ') : ['GET', path];
        return [method ?? 'GET', `${one}/${tail}`, capability];
      }),
    ] satisfies readonly Route[];
  });
}

const NAMESPACE = '/namespaces/:namespace';
const DASHBOARD_SEARCH = `/apis/dashboard.grafana.app/v0alpha1${NAMESPACE}/search`;
const QUERY = `/apis/query.grafana.app/v0alpha1${NAMESPACE}/query`;
// The group of a data source plugin is its id and a fixed ending, in one segment; see classify.ts.
const DATA_SOURCE = `/apis/:dataSourceGroup/v0alpha1${NAMESPACE}`;
const FLAGS = `/apis/features.grafana.app/v0alpha1${NAMESPACE}/ofrep/v1/evaluate/flags`;

export const API_GROUP_ROUTES: readonly Route[] = [
  ...Object.entries(KINDS).flatMap(([group, kinds]) => kinds.flatMap((kind) => listRoutes(group, kind, NAMESPACE))),
  ...listRoutes(
    'featuretoggle.grafana.app',
    { versions: ALPHA, resource: 'features', list: 'bootstrap', read: 'bootstrap', write: 'server-admin' },
    '',
  ),
  ['*', '/apis', 'k8s:discovery'],
  ['GET', '/apis/:group', 'k8s:discovery'],
  ['GET', '/apis/:group/:version', 'k8s:discovery'],
  ['GET', DASHBOARD_SEARCH, 'dashboard:search', { filter: 'searchHits', lists: ['dashboards', 'folders'] }],
  ['GET', `${DASHBOARD_SEARCH}/sortable`, 'browse'],
  ['GET', `/apis/iam.grafana.app/v0alpha1${NAMESPACE}/display`, 'browse'],
  ['GET', `/apis/provisioning.grafana.app/v0alpha1${NAMESPACE}/stats`, 'org-admin'],
  ['GET', `/apis/provisioning.grafana.app/v0alpha1${NAMESPACE}/settings`, 'org-admin'],
  ['GET', `/apis/featuretoggle.grafana.app/v0alpha1${NAMESPACE}/current`, 'bootstrap'],
  ['POST', QUERY, 'datasource:query', { body: 'namedQueries' }],
  ['POST', `${QUERY}/:name`, 'datasource:query', { body: 'namedQueries' }],
  ['GET', `${DATA_SOURCE}/connections`, 'datasource:list'],
  ['GET', `${DATA_SOURCE}/connections/:dataSource`, 'datasource:list'],
  ['POST', `${DATA_SOURCE}/connections/:dataSource/query`, 'datasource:query', { body: 'queries' }],
  ['GET', `${DATA_SOURCE}/connections/:dataSource/health`, 'datasource:health'],
  ['*', `${DATA_SOURCE}/connections/:dataSource/resource`, 'datasource:resource'],
  ['*', `${DATA_SOURCE}/connections/:dataSource/resource/*`, 'datasource:resource'],
  ['*', `${DATA_SOURCE}/connections/:dataSource/proxy/*`, 'datasource:proxy'],
  ['POST', `${DATA_SOURCE}/queryconvert`, 'datasource:query', { body: 'queries' }],
  ['POST', FLAGS, 'bootstrap'],
  ['POST', `${FLAGS}/:flagKey`, 'bootstrap'],
];
