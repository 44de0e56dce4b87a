// The metrics as text in Prometheus' format 0.0.4. prom-client puts together and prints, and keeps nothing of ours between
// two readings: what it counts by itself would cost each request objects and half a microsecond (docs/decisions/0019).

import { Counter, Gauge, Histogram, type MetricType, Registry } from 'prom-client';
import type { DurationCounts } from './duration-counts.ts';
import { METRICS, type MetricKey, type MetricRow } from './metric-table.ts';

type HistogramKey = { [Key in MetricKey]: (typeof METRICS)[Key]['type'] extends 'histogram' ? Key : never }[MetricKey];

/** Declared as an enum, which the package does not hold. */
const HISTOGRAM = 'histogram' as unknown as MetricType;

/** What was counted under the values of a metric's labels, which are in its order. */
type Series<Value> = Iterable<readonly [labels: readonly string[], value: Value]>;

/** What each metric is read from, when it is asked for. */
export type MetricReaders = { readonly [Key in HistogramKey]: () => Series<DurationCounts> } & {
  readonly [Key in Exclude<MetricKey, HistogramKey>]: () => Series<number>;
};

export function createRegistry(readers: MetricReaders): Registry {
  const registry = new Registry();
  for (const key of Object.keys(METRICS) as MetricKey[]) register(registry, METRICS[key], readers[key]);
  return registry;
}

function register(registry: Registry, row: MetricRow, read: MetricReaders[MetricKey]): void {
  const { name, help, labels: labelNames } = row;
  const config = { name, help, labelNames, registers: [registry] };
  switch (row.type) {
    case 'counter':
      new Counter({
        ...config,
        collect() {
          this.reset();
          for (const [labels, value] of read() as Series<number>) this.inc(nameLabels(row, labels), value);
        },
      });
      return;
    case 'gauge':
      new Gauge({
        ...config,
        collect() {
          this.reset();
          for (const [labels, value] of read() as Series<number>) this.set(nameLabels(row, labels), value);
        },
      });
      return;
    case 'histogram':
      new ReadHistogram(row, registry, read as () => Series<DurationCounts>);
  }
}

/** prom-client's own can only be told of one duration after the other. */
class ReadHistogram extends Histogram {
  readonly #row: MetricRow;
  readonly #read: () => Series<DurationCounts>;

  constructor(row: MetricRow, registry: Registry, read: () => Series<DurationCounts>) {
    super({ name: row.name, help: row.help, labelNames: row.labels, registers: [registry] });
    this.#row = row;
    this.#read = read;
  }

  override async get(): ReturnType<Histogram['get']> {
    const { name, help } = this.#row;
    const values: Awaited<ReturnType<Histogram['get']>>['values'] = [];
    for (const [texts, counts] of this.#read()) {
      const labels = nameLabels(this.#row, texts);
      const cumulative = counts.cumulative();
      const count = cumulative.at(-1) ?? 0;
      for (const [index, value] of cumulative.entries()) {
        const boundMs = counts.boundsMs[index];
        values.push({ metricName: `${name}_bucket`, labels: { le: boundMs === undefined ? '+Inf' : boundMs / 1000, ...labels }, value });
      }
      values.push({ metricName: `${name}_sum`, labels, value: counts.sumMs / 1000 }, { metricName: `${name}_count`, labels, value: count });
    }
    return { name, help, type: HISTOGRAM, aggregator: 'sum', collect() {}, values };
  }

  /** What the registry prints from. */
  getForPromString(): ReturnType<Histogram['get']> {
    return this.get();
  }
}

function nameLabels({ labels }: MetricRow, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label, index) => [label, values[index] ?? '']));
}
