// What a request names in its query, where its path does not say.

import type { Capability } from '../../policy/capability.ts';
import type { Refusal, RequestToClassify, Resources } from '../../policy/request.ts';
import { readQuery } from './query-values.ts';
import type { RouteDetails } from './route.ts';

interface Found {
  readonly resources: Resources;
  /** Set where the query makes it something else than its path. */
  readonly capability?: Capability;
}

/** @param rest Segments that `*` stands for, as they are on the wire. */
export function readQueryResources(
  kind: NonNullable<RouteDetails['query']>,
  request: RequestToClassify,
  rest: readonly string[],
): Found | Refusal {
  switch (kind) {
    case 'annotations':
      return readAnnotations(request.query);
    case 'alertStates':
      return readAlertStates(request.query);
    case 'render':
      return { resources: readRendered(rest) };
    case 'live':
      return readLiveProtocol(request);
  }
}

/** Only JSON can be judged; the server takes protobuf from the query or the subprotocol. */
function readLiveProtocol(request: RequestToClassify): Found | Refusal {
  const asked = ['format', 'cf_protocol'].map((name) => readQuery(request.query, name));
  const isJson = asked.every(({ values, isAmbiguous }) => !isAmbiguous && values.every((value) => value === 'json'));
  const subprotocols = request.header('sec-websocket-protocol') ?? '';
  return isJson && !/protobuf/i.test(subprotocols) ? { resources: {} } : { refused: 'live-protocol' };
}

/** Where both are given, Grafana takes the uid from version 9 on; a number matches no rule all the same. */
function readAnnotations(query: string): Found | Refusal {
  const uid = readQuery(query, 'dashboardUID');
  const id = readQuery(query, 'dashboardId');
  if (uid.isAmbiguous || id.isAmbiguous || uid.values.length > 1 || id.values.length > 1) return { refused: 'query-dashboard' };
  const dashboards = [
    ...uid.values.filter((value) => value !== ''),
    ...id.values.filter((value) => value !== '' && value !== '0').map((value) => `#${value}`),
  ];
  return { resources: dashboards.length === 0 ? {} : { dashboards } };
}

/** With one dashboard: the states that its panels show. Without: all rules there are. */
function readAlertStates(query: string): Found | Refusal {
  const { values, isAmbiguous } = readQuery(query, 'dashboard_uid');
  if (isAmbiguous || values.length > 1) return { refused: 'query-dashboard' };
  const [uid] = values;
  return uid === undefined || uid === '' ? { resources: {} } : { resources: { dashboards: [uid] }, capability: 'alert-state:read' };
}

/** The rest of the path is that of a page, which is asked for once more, unescaped. */
function readRendered(rest: readonly string[]): Resources {
  const [page, uid] = rest;
  const isDashboard =
    (page === 'd' || page === 'd-solo') && uid !== undefined && rest.length <= 3 && !rest.some((segment) => segment.includes('%'));
  return isDashboard ? { dashboards: [uid] } : {};
}
