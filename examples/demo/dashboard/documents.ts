// What the API says about dashboards and their folder.

import type { Dashboard } from './dashboards.ts';
import { DASHBOARDS } from './dashboards.ts';

export const FOLDER = { uid: 'eg4wprdruzi0wa', id: 1, title: 'Plant' } as const;
const CREATED = '2026-11-20T21:41:20Z';

const slugOf = (dashboard: Dashboard) => dashboard.title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
const urlOf = (dashboard: Dashboard) => `/d/${dashboard.uid}/${slugOf(dashboard)}`;
const FOLDER_URL = `/dashboards/f/${FOLDER.uid}/plant`;

/** `.../dashboards/<uid>/dto` of the dashboard API group, version v1beta1. */
export function buildDashboardDto(dashboard: Dashboard): object {
  return {
    kind: 'DashboardWithAccessInfo',
    apiVersion: 'dashboard.grafana.app/v1beta1',
    metadata: {
      name: dashboard.uid,
      namespace: 'default',
      uid: dashboard.uid,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: CREATED,
      labels: { 'grafana.app/deprecatedInternalID': String(dashboard.id) },
      annotations: { 'grafana.app/createdBy': 'provisioning:', 'grafana.app/folder': FOLDER.uid },
    },
    spec: {
      panels: dashboard.panels,
      refresh: '10s',
      schemaVersion: 42,
      tags: ['plant'],
      templating: { list: [] },
      time: { from: 'now-1h', to: 'now' },
      timezone: 'browser',
      title: dashboard.title,
    },
    status: { conversion: { failed: false, storedVersion: 'v0alpha1' } },
    access: {
      slug: slugOf(dashboard),
      url: urlOf(dashboard),
      canSave: false,
      canEdit: false,
      canAdmin: false,
      canStar: true,
      canDelete: false,
      annotationsPermissions: {
        dashboard: { canAdd: true, canEdit: true, canDelete: true },
        organization: { canAdd: false, canEdit: false, canDelete: false },
      },
    },
  };
}

/** `/api/folders/<uid>` */
export function buildFolder(): object {
  const may = { hasAcl: false, canSave: false, canEdit: false, canAdmin: false, canDelete: false };
  return {
    ...FOLDER,
    orgId: 1,
    url: FOLDER_URL,
    ...may,
    createdBy: 'Anonymous',
    created: CREATED,
    updatedBy: 'Anonymous',
    updated: CREATED,
    version: 1,
  };
}

/** `/api/search?type=dash-db` */
export function buildSearch(): object[] {
  return DASHBOARDS.map((dashboard) => ({
    id: dashboard.id,
    uid: dashboard.uid,
    orgId: 1,
    title: dashboard.title,
    uri: `db/${slugOf(dashboard)}`,
    url: urlOf(dashboard),
    slug: '',
    type: 'dash-db',
    tags: ['plant'],
    isStarred: false,
    folderId: FOLDER.id,
    folderUid: FOLDER.uid,
    folderTitle: FOLDER.title,
    folderUrl: FOLDER_URL,
    sortMeta: 0,
    isDeleted: false,
  }));
}
