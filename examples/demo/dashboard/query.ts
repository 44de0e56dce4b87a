// POST /api/ds/query: reads a query request as the recorded server does (keys in any case, times as milliseconds or
// now-5m) and answers with data frames.

import { buildSchema, findChannel } from './channels.ts';
import { readEquipment } from './equipment.ts';
import { findSignal, readSignal } from './signals.ts';

export interface PlantSource {
  readonly type: 'framegate-demo-historian';
  readonly uid: string;
  readonly name: string;
  /** What its signals and machine groups begin with: it has those of one plant and no others. */
  readonly prefix: string;
}

/** One data source for each plant, so that who may see one plant may be kept from the figures of the other. */
export const HISTORIAN_A: PlantSource = { type: 'framegate-demo-historian', uid: 'historian-a', name: 'Historian A', prefix: 'a.' };
export const HISTORIAN_B: PlantSource = { type: 'framegate-demo-historian', uid: 'historian-b', name: 'Historian B', prefix: 'b.' };
export const PLANT_SOURCES: readonly PlantSource[] = [HISTORIAN_A, HISTORIAN_B];

/** The recorded server's test data source, of which one scenario is imitated. */
const TEST_SOURCE = 'testdata';

const MAX_QUERIES = 50;
const MAX_POINTS = 2000;
const MIN_INTERVAL_MS = 1000;

export interface QueryAnswer {
  readonly status: number;
  readonly body: unknown;
}

interface QueryRange {
  readonly fromMs: number;
  readonly toMs: number;
}

type Fields = Readonly<Record<string, unknown>>;

const NO_QUERIES: QueryAnswer = { status: 400, body: { statusCode: 400, messageId: 'query.noQueries', message: 'No queries found' } };
const BAD_REQUEST: QueryAnswer = { status: 400, body: { message: 'bad request data' } };

/** Answers a request body; a malformed one is refused with 400. */
export function answerQuery(text: string, nowMs: number): QueryAnswer {
  if (text === '') return NO_QUERIES;
  const request = parseFields(text);
  const range = request && readRange(request, nowMs);
  if (request === undefined || range === undefined) return BAD_REQUEST;
  const queries = readKey(request, 'queries');
  if (!Array.isArray(queries) || queries.length === 0) return NO_QUERIES;
  if (queries.length > MAX_QUERIES) return BAD_REQUEST;
  const results: [string, unknown][] = [];
  for (const query of queries) {
    if (!isFields(query)) return BAD_REQUEST;
    const refId = readText(query, 'refId') || 'A';
    const uid = readSource(query);
    const source = PLANT_SOURCES.find((one) => one.uid === uid);
    if (source === undefined && uid !== TEST_SOURCE) return { status: 404, body: { message: 'Data source not found' } };
    const frame = source === undefined ? buildCsvFrame(refId, query, range) : buildPlantFrame(source, refId, query, range);
    if (frame === undefined)
      return { status: 400, body: { results: { [refId]: { status: 400, error: 'unknown query', errorSource: 'downstream' } } } };
    results.push([refId, { status: 200, frames: [frame] }]);
  }
  return { status: 200, body: { results: Object.fromEntries(results) } };
}

const field = (name: string, type: string, frame: string, more: object = {}) => ({
  name,
  type,
  typeInfo: { frame, nullable: true },
  ...more,
});
const timeField = (more: object = {}) => ({ name: 'time', type: 'time', typeInfo: { frame: 'time.Time' }, ...more });

function buildPlantFrame({ uid, prefix }: PlantSource, refId: string, query: Fields, range: QueryRange): unknown {
  const group = readText(query, 'equipment');
  const equipment = group.startsWith(prefix) ? readEquipment(group, range.toMs) : undefined;
  if (equipment !== undefined) {
    const fields = [
      field('Machine', 'string', 'string'),
      field('Duty', 'string', 'string'),
      field('State', 'string', 'string'),
      field('Speed', 'number', 'float64'),
      field('Load', 'number', 'float64'),
      field('Bearing', 'number', 'float64'),
    ];
    const keys = ['name', 'duty', 'state', 'rpm', 'load', 'bearing'] as const;
    return { schema: { refId, fields }, data: { values: keys.map((key) => equipment.map((machine) => machine[key])) } };
  }
  const name = readText(query, 'signal');
  const signal = name.startsWith(prefix) ? findSignal(name) : undefined;
  if (signal === undefined) return undefined;
  const points = Math.min(MAX_POINTS, Math.max(2, readNumber(query, 'maxDataPoints') ?? 500));
  const wishedMs = Math.max(MIN_INTERVAL_MS, readNumber(query, 'intervalMs') ?? MIN_INTERVAL_MS);
  const stepMs = Math.ceil(Math.max(wishedMs, (range.toMs - range.fromMs) / points) / MIN_INTERVAL_MS) * MIN_INTERVAL_MS;
  const times: number[] = [];
  // On whole steps, so that a refresh moves the curve but does not shake it.
  for (let at = Math.ceil(range.fromMs / stepMs) * stepMs; at <= range.toMs; at += stepMs) times.push(at);
  const channel = readText(query, 'channel');
  const stream = channel.startsWith(`ds/${uid}/`) ? findChannel(`1/${channel}`) : undefined;
  if (stream?.kind === 'stream') {
    const rows = times.map((at) => [at, ...stream.stream.sample(at)]);
    return { ...buildSchema(stream.stream), data: { values: [0, 1, 2, 3].map((column) => rows.map((row) => row[column])) } };
  }
  const fields = [
    timeField({ config: { interval: stepMs } }),
    field(readText(query, 'alias') || signal.name, 'number', 'float64', { labels: {} }),
  ];
  return {
    schema: { refId, meta: { type: 'timeseries-multi', typeVersion: [0, 0] }, fields },
    data: { values: [times, times.map((at) => readSignal(signal, at))] },
  };
}

/** The test data source's scenario `csv_metric_values`: the given numbers, spread over the range. */
function buildCsvFrame(refId: string, query: Fields, { fromMs, toMs }: QueryRange): unknown {
  if (readText(query, 'scenarioId') !== 'csv_metric_values') return undefined;
  const numbers = readText(query, 'stringInput').split(',', MAX_POINTS).map(Number);
  if (numbers.some(Number.isNaN)) return undefined;
  const stepMs = numbers.length > 1 ? (toMs - fromMs) / (numbers.length - 1) : 0;
  const frame = numbers.every(Number.isInteger) ? 'int64' : 'float64';
  const fields = [timeField(), field(readText(query, 'alias') || `${refId}-series`, 'number', frame)];
  return { schema: { refId, fields }, data: { values: [numbers.map((_, index) => Math.trunc(fromMs + index * stepMs)), numbers] } };
}

function readRange(request: Fields, nowMs: number): QueryRange | undefined {
  const fromMs = parseTime(readKey(request, 'from') ?? 'now-1h', nowMs);
  const toMs = parseTime(readKey(request, 'to') ?? 'now', nowMs);
  return fromMs === undefined || toMs === undefined || fromMs > toMs ? undefined : { fromMs, toMs };
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseTime(text: unknown, nowMs: number): number | undefined {
  if (typeof text === 'number') return Number.isSafeInteger(text) ? text : undefined;
  if (typeof text !== 'string') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const match = /^now(?:-(\d{1,6})([smhd]))?$/.exec(text);
  return match === null ? undefined : nowMs - Number(match[1] ?? 0) * (UNIT_MS[match[2] ?? 's'] ?? 0);
}

/** `datasource` is an object with a uid, or the uid itself. */
function readSource(query: Fields): string {
  const source = readKey(query, 'datasource');
  return isFields(source) ? readText(source, 'uid') : readText(query, 'datasource');
}

function readText(fields: Fields, name: string): string {
  const value = readKey(fields, name);
  return typeof value === 'string' ? value : '';
}

function readNumber(fields: Fields, name: string): number | undefined {
  const value = readKey(fields, name);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Keys match without case, as encoding/json reads them. */
function readKey(fields: Fields, name: string): unknown {
  const found = Object.keys(fields).find((key) => key.toLowerCase() === name.toLowerCase());
  return found === undefined ? undefined : fields[found];
}

function parseFields(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
