// The settings that Grafana gives every page (`/api/frontend/settings` and the boot data): data sources without
// credentials and internal addresses, and only those that the person may query (grafana.md, fact 9).

import type { Visible } from '../../policy/request.ts';
import { foldKey, isJsonObject, type JsonObject } from './folded-keys.ts';

/** Keys that hold a credential or an address behind Grafana, at any depth of a data source, as foldKey spells them. */
const HIDDEN_KEY = /^(?:basicauth|directurl|httpheadervalue\d*)$|password|secret|apikey|accesskey|privatekey|token$/;

/** @returns Undefined where this is no settings object. */
export function filterSettings(settings: unknown, visible: Visible): JsonObject | undefined {
  if (!isJsonObject(settings)) return undefined;
  const { datasources, unifiedAlerting } = settings;
  const others = unifiedAlerting === undefined ? settings : { ...settings, unifiedAlerting: dropHiddenSources(unifiedAlerting, visible) };
  if (datasources === undefined || datasources === null) return others;
  if (!isJsonObject(datasources)) return undefined;
  const kept = Object.entries(datasources).flatMap(([name, source]): [string, JsonObject][] =>
    isJsonObject(source) && isShown(source, visible) ? [[name, withoutCredentials(source)]] : [],
  );
  const names = kept.map(([name]) => name);
  const defaultName = settings['defaultDatasource'];
  const first = kept.find(([, source]) => !isBuiltIn(source))?.[0] ?? '-- Grafana --';
  return {
    ...others,
    datasources: Object.fromEntries(kept),
    ...(typeof defaultName === 'string' && !names.includes(defaultName) ? { defaultDatasource: first } : {}),
  };
}

/** Alerting's settings name the sources that it writes to. */
function dropHiddenSources(value: unknown, visible: Visible): unknown {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const isHiddenSource =
        typeof inner === 'string' && inner !== '' && foldKey(key).endsWith('datasourceuid') && !visible.dataSource(inner);
      return isHiddenSource ? [] : [[key, dropHiddenSources(inner, visible)]];
    }),
  );
}

/** What belongs to Grafana itself (mixed, dashboard, expressions) is no data, and its pages fail without it. */
function isShown(source: JsonObject, visible: Visible): boolean {
  const { uid } = source;
  return isBuiltIn(source) || (typeof uid === 'string' && visible.dataSource(uid));
}

function isBuiltIn({ type, uid }: JsonObject): boolean {
  return (
    (type === 'datasource' || type === '__expr__') &&
    (uid === undefined || uid === 'grafana' || uid === '__expr__' || uid === '-- Mixed --')
  );
}

/** A data source without credentials. An address that is no path of Grafana's own is left out as well. */
export function withoutCredentials(source: JsonObject): JsonObject {
  const { url, username: _username, user: _user, ...rest } = source;
  const isOwn = typeof url === 'string' && url.startsWith('/') && !url.startsWith('//');
  return { ...(stripValue(rest) as JsonObject), ...(isOwn ? { url } : {}) };
}

function stripValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripValue);
  if (typeof value === 'string') return value.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, '$1');
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (isHidden(key, inner) ? [] : [[key, key === 'meta' ? inner : stripValue(inner)]])),
  );
}

// `basicAuth: true` in a list says that there is one.
function isHidden(key: string, value: unknown): boolean {
  return typeof value === 'string' && HIDDEN_KEY.test(foldKey(key));
}
