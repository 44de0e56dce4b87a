// Prometheus' text format 0.0.4, read strictly: what this takes, Prometheus takes.

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const COMMENT = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);
// prom-client writes `Nan`, which Prometheus reads as what it is meant for.
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (-?(?:[0-9.]+(?:e[+-]?[0-9]+)?|Inf)|NaN|Nan|\\+Inf)$`);
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

/** @throws {Error} naming the line that is none of the format, or stands where it must not. */
export function parseMetrics(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, Family & { samples: Sample[] }>();
  const seen = new Set<string>();
  let help: readonly [name: string, text: string] | undefined;
  let current: (Family & { samples: Sample[] }) | undefined;
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    const [, kind, named = '', rest = ''] = COMMENT.exec(line) ?? [];
    if (kind === 'HELP') {
      help = [named, rest];
    } else if (kind === 'TYPE') {
      if (help?.[0] !== named || families.has(named)) throw new Error(`out of order: ${line}`);
      current = { name: named, help: help[1], type: rest, samples: [] };
      families.set(named, current);
    } else {
      const sample = parseSample(line);
      if (current === undefined || !belongsTo(sample, current)) throw new Error(`not of its family: ${line}`);
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      current.samples.push(sample);
    }
  }
  for (const family of families.values()) checkHistogram(family);
  return families;
}

function parseSample(line: string): Sample {
  const [, name = '', inner = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (name === '') throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  for (let rest = inner; rest !== ''; ) {
    const match = LABEL.exec(rest);
    if (match === null) throw new Error(`no label: ${line}`);
    const [whole, label = '', text = ''] = match;
    if (label in labels) throw new Error(`a label twice: ${line}`);
    labels[label] = text.replaceAll(/\\(.)/g, (_pair, char: string) => (char === 'n' ? '\n' : char));
    rest = rest.slice(whole.length);
  }
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
}

function belongsTo({ name }: Sample, { name: family, type }: Family): boolean {
  if (type !== 'histogram') return name === family;
  return [`${family}_bucket`, `${family}_sum`, `${family}_count`].includes(name);
}

/** The buckets of each series rise to its count. */
function checkHistogram({ name, type, samples }: Family): void {
  if (type !== 'histogram') return;
  const series = new Map<string, { bound: number; value: number }[]>();
  for (const { name: sample, labels, value } of samples) {
    if (sample !== `${name}_bucket`) continue;
    const { le = '', ...rest } = labels;
    const key = JSON.stringify(rest);
    series.set(key, [...(series.get(key) ?? []), { bound: Number(le.replace('Inf', 'Infinity')), value }]);
  }
  for (const [key, buckets] of series) {
    const count = samples.find((sample) => sample.name === `${name}_count` && JSON.stringify(sample.labels) === key)?.value;
    const rises = buckets.every(({ bound, value }, index) => {
      const before = buckets[index - 1];
      return before === undefined || (before.bound < bound && before.value <= value);
    });
    const last = buckets.at(-1);
    if (!rises || last?.bound !== Number.POSITIVE_INFINITY || last.value !== count) throw new Error(`not a histogram: ${name} ${key}`);
  }
}

/** The value of the one sample with these labels, among others maybe; undefined: there is none. */
export function readValue(families: ReadonlyMap<string, Family>, name: string, labels: Labels = {}): number | undefined {
  const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''));
  if (family === undefined) throw new Error(`no metric ${name}`);
  const found = family.samples.filter(
    (sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  if (found.length > 1) throw new Error(`${found.length} series of ${name} have these labels`);
  return found[0]?.value;
}
