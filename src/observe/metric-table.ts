// Every metric of ours: names after the conventions of Prometheus, base units. docs/recipes/metrics.md has the same table.
// A label's values are words of ours or names from the configuration; never a login, a path, a host, or anything else that
// a client chooses.

export interface MetricRow {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

function row<Type extends MetricRow['type']>(
  name: string,
  type: Type,
  labels: readonly string[],
  help: string,
): MetricRow & { readonly type: Type } {
  return { name: `framegate_${name}`, type, labels, help };
}

export const METRICS = {
  build: row('build_info', 'gauge', ['version'], 'Always 1; the version that runs.'),
  requests: row('requests_total', 'counter', ['upstream', 'outcome', 'code'], 'Requests and WebSocket upgrades, by how they ended.'),
  errors: row('request_errors_total', 'counter', ['upstream', 'code', 'reason'], 'Requests answered with an error of docs/errors.md.'),
  requestTimes: row(
    'request_duration_seconds',
    'histogram',
    ['upstream'],
    'Time from the arrival of an allowed request to the end of its answer; without event streams and WebSockets.',
  ),
  decisionTimes: row(
    'decision_duration_seconds',
    'histogram',
    ['upstream'],
    'Time from the arrival of a request until it may go upstream: guard, session, rules, and what these wait for.',
  ),
  ownRequests: row('own_requests_total', 'counter', ['code'], 'Requests for pages and routes of framegate itself.'),
  observedDenials: row(
    'observed_denials_total',
    'counter',
    ['upstream'],
    'Requests and messages let through by access.mode: observe alone.',
  ),
  live: row('live_connections', 'gauge', ['upstream', 'kind'], 'Open WebSockets and event streams.'),
  refusedMessages: row('socket_messages_refused_total', 'counter', ['upstream'], 'Commands on WebSockets that were not let through.'),
  upstreamUp: row('upstream_up', 'gauge', ['upstream'], '0 while the circuit of the upstream is open and requests get 503.'),
  outages: row('upstream_outages_total', 'counter', ['upstream'], 'How often the circuit of the upstream opened.'),
  connections: row('upstream_connections', 'gauge', ['upstream', 'state'], 'Connections to the upstream for plain requests.'),
  waiting: row('upstream_waiting_requests', 'gauge', ['upstream'], 'Requests that wait for a connection to the upstream.'),
  cacheRequests: row('asset_cache_requests_total', 'counter', ['upstream', 'result'], 'Requests for assets, by what answered them.'),
  cacheBytes: row('asset_cache_bytes', 'gauge', ['upstream'], 'Memory of the asset cache.'),
  signIns: row('sign_ins_total', 'counter', ['method', 'outcome'], 'Sign-ins and hand-offs.'),
  sessions: row('sessions', 'gauge', [], 'Sessions that this instance knows.'),
  startedSessions: row('sessions_started_total', 'counter', ['method'], 'Sessions that were started or renewed here.'),
  endedSessions: row('sessions_ended_total', 'counter', ['reason'], 'Sessions whose end was learnt of here.'),
  revocations: row('revocations_total', 'counter', ['source'], 'Orders to end sessions, whether or not there were any.'),
  keyLoads: row('ticket_key_loads_total', 'counter', ['issuer', 'outcome'], 'Loads of the keys of ticket issuers.'),
  keysStale: row('ticket_keys_stale', 'gauge', ['issuer'], '1 while the keys of an issuer could not be loaded when this was last tried.'),
  providerFailures: row(
    'oidc_provider_failures_total',
    'counter',
    ['provider', 'what'],
    'Metadata or keys that an identity provider did not give.',
  ),
  storeUp: row('store_up', 'gauge', ['store'], '0 while the store of session.store fails. Absent for the memory of the process.'),
  storeFailures: row('store_failures_total', 'counter', ['part'], 'Outages of the store, by what failed.'),
  config: row('config_info', 'gauge', ['revision'], 'Always 1; the revision of the configuration in force.'),
  reloads: row('config_reloads_total', 'counter', ['outcome'], 'Attempts to put another configuration in force.'),
  reloadGood: row('config_last_reload_successful', 'gauge', [], '0 where what is written now is not in force.'),
  reloadTime: row('config_last_reload_success_timestamp_seconds', 'gauge', [], 'When the configuration in force was last read.'),
  auditLost: row('audit_lines_lost_total', 'counter', [], 'Lines of the audit log that could not be written.'),
} as const satisfies Readonly<Record<string, MetricRow>>;

export type MetricKey = keyof typeof METRICS;
