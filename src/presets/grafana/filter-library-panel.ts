// One library panel, read by its uid: whoever may show dashboards needs its definition. Who made it and where it lies are
// for those who may see the folder, its queries for those who may query the data source.

import type { Visible } from '../../policy/request.ts';
import { isJsonObject, type JsonObject } from './folded-keys.ts';

const NOBODY = { id: 0, name: '', avatarUrl: '' };
const FOLDER = 'grafana.app/folder';
const MADE_BY = ['grafana.app/createdBy', 'grafana.app/updatedBy'];

/** These stand for others, or hold nothing of their own. */
const NO_SOURCES = ['-- Mixed --', '-- Dashboard --', '-- Grafana --', 'grafana', '__expr__'];

/** `GET /api/library-elements/:uid`, and the same of the dashboard API group. */
export function filterLibraryPanel(answer: unknown, visible: Visible): JsonObject | undefined {
  if (!isJsonObject(answer)) return undefined;
  const { result, metadata, spec } = answer;
  if (isJsonObject(result)) return { ...answer, result: cutElement(result, visible) };
  if (!isJsonObject(metadata) || !isJsonObject(spec)) return undefined;
  return { ...answer, metadata: cutMetadata(metadata, visible), spec: cutQueries(spec, visible) };
}

function cutElement(element: JsonObject, visible: Visible): JsonObject {
  const { folderId: _id, folderUid, model, meta, ...rest } = element;
  const shown = isJsonObject(model) ? { model: cutQueries(model, visible) } : {};
  if (isFolderShown(folderUid, visible)) return { ...element, ...shown };
  const cut = isJsonObject(meta) ? { meta: { ...meta, folderName: '', folderUid: '', createdBy: NOBODY, updatedBy: NOBODY } } : {};
  return { ...rest, folderUid: '', ...shown, ...cut };
}

function cutMetadata(metadata: JsonObject, visible: Visible): JsonObject {
  const { annotations, managedFields: _fields, ...rest } = metadata;
  if (!isJsonObject(annotations)) return rest;
  const kept = isFolderShown(annotations[FOLDER], visible)
    ? annotations
    : Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== FOLDER && !MADE_BY.includes(key)));
  return { ...rest, annotations: kept };
}

/** Without a uid it lies in none: in the one that Grafana calls general. */
function isFolderShown(uid: unknown, visible: Visible): boolean {
  return visible.folder(typeof uid === 'string' && uid !== '' ? uid : 'general');
}

function cutQueries(panel: JsonObject, visible: Visible): JsonObject {
  const { targets, datasource } = panel;
  if (!Array.isArray(targets)) return panel;
  return {
    ...panel,
    targets: targets.filter((target) => isJsonObject(target) && mayQuery(target['datasource'] ?? datasource, visible)),
  };
}

function mayQuery(source: unknown, visible: Visible): boolean {
  const uid = isJsonObject(source) ? source['uid'] : source;
  if (uid === undefined || uid === null || uid === '') return true;
  // A variable says nothing of a source.
  return typeof uid === 'string' && (uid.startsWith('$') || NO_SOURCES.includes(uid) || visible.dataSource(uid));
}
