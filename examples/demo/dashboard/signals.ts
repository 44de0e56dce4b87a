// Plant data out of nothing but time: the same moment always gives the same value, so that a query, the stream and a
// second browser agree, and a restart leaves no gap.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** One layer of smooth noise: how far it moves the value, and how long one swing takes. */
interface Layer {
  readonly amplitude: number;
  readonly periodMs: number;
}

export interface Signal {
  readonly name: string;
  readonly seed: number;
  readonly base: number;
  /** Swing over one day, highest in the afternoon (UTC). */
  readonly dayAmplitude: number;
  readonly layers: readonly Layer[];
  /** Short disturbances, about one in each `everyMs`: how deep and how long. */
  readonly dip?: { readonly everyMs: number; readonly depth: number; readonly lengthMs: number };
  readonly decimals: number;
}

const slow = (amplitude: number): readonly Layer[] => [
  { amplitude, periodMs: 2 * HOUR },
  { amplitude: amplitude * 0.5, periodMs: 23 * MINUTE },
  { amplitude: amplitude * 0.22, periodMs: 4 * MINUTE },
  { amplitude: amplitude * 0.07, periodMs: 35 * SECOND },
];

const quick = (amplitude: number): readonly Layer[] => [
  { amplitude, periodMs: 47 * MINUTE },
  { amplitude: amplitude * 0.7, periodMs: 3 * MINUTE },
  { amplitude: amplitude * 0.5, periodMs: 26 * SECOND },
  { amplitude: amplitude * 0.22, periodMs: 5 * SECOND },
];

const SIGNALS = {
  'a.supply': { name: 'Supply', seed: 11, base: 24.2, dayAmplitude: 0.9, layers: slow(1.3), decimals: 2 },
  'a.return': {
    name: 'Return',
    seed: 12,
    base: 32.6,
    dayAmplitude: 1.1,
    layers: slow(1.7),
    dip: { everyMs: 37 * MINUTE, depth: -2.9, lengthMs: 7 * MINUTE },
    decimals: 2,
  },
  'a.basin': { name: 'Tower basin', seed: 13, base: 21.4, dayAmplitude: 1, layers: slow(1), decimals: 2 },
  'a.wetbulb': { name: 'Wet bulb', seed: 14, base: 17.8, dayAmplitude: 2.1, layers: slow(1.2), decimals: 2 },
  'a.duty': {
    name: 'Cooling duty',
    seed: 15,
    base: 18.6,
    dayAmplitude: 0.8,
    layers: slow(0.9),
    dip: { everyMs: 37 * MINUTE, depth: -1.6, lengthMs: 7 * MINUTE },
    decimals: 2,
  },
  'a.flow': { name: 'Flow', seed: 16, base: 1236, dayAmplitude: 14, layers: quick(22), decimals: 1 },
  'b.pressure': {
    name: 'Header pressure',
    seed: 21,
    base: 41.2,
    dayAmplitude: 0.3,
    layers: slow(0.8),
    dip: { everyMs: 71 * MINUTE, depth: -1.9, lengthMs: 4 * MINUTE },
    decimals: 2,
  },
  'b.output': { name: 'Steam output', seed: 22, base: 63.5, dayAmplitude: 3.4, layers: slow(3.1), decimals: 1 },
  'b.boiler1': { name: 'Boiler 1', seed: 23, base: 24.1, dayAmplitude: 1.2, layers: slow(1.6), decimals: 2 },
  'b.boiler2': {
    name: 'Boiler 2',
    seed: 24,
    base: 22.4,
    dayAmplitude: 1.1,
    layers: slow(1.9),
    dip: { everyMs: 43 * MINUTE, depth: -5.5, lengthMs: 11 * MINUTE },
    decimals: 2,
  },
  'b.boiler3': { name: 'Boiler 3', seed: 25, base: 17, dayAmplitude: 1, layers: slow(1.2), decimals: 2 },
  'b.feedwater': { name: 'Feedwater', seed: 26, base: 66.2, dayAmplitude: 2.4, layers: quick(1.9), decimals: 2 },
} as const satisfies Record<string, Signal>;

export function findSignal(id: unknown): Signal | undefined {
  return typeof id === 'string' && Object.hasOwn(SIGNALS, id) ? SIGNALS[id as keyof typeof SIGNALS] : undefined;
}

/** The signal's value at a moment (milliseconds since the epoch). */
export function readSignal(signal: Signal, atMs: number): number {
  // The day's highest point is at 15:00.
  const day = signal.dayAmplitude * Math.cos((2 * Math.PI * (atMs - 15 * HOUR)) / DAY);
  const noise = signal.layers.reduce(
    (sum, layer, index) => sum + layer.amplitude * readNoise(signal.seed * 31 + index, atMs / layer.periodMs),
    0,
  );
  return round(signal.base + day + noise + readDip(signal, atMs), signal.decimals);
}

function readDip({ dip, seed }: Signal, atMs: number): number {
  if (dip === undefined) return 0;
  const window = Math.floor(atMs / dip.everyMs);
  const centre = (window + 0.3 + 0.4 * hash(seed * 7 + 5, window)) * dip.everyMs;
  const distance = (atMs - centre) / (dip.lengthMs / 2);
  return dip.depth * (0.4 + 0.6 * hash(seed * 7 + 6, window)) * Math.exp(-distance * distance);
}

/** Smooth noise between -1 and 1: random numbers at whole positions, an S-curve between them. */
export function readNoise(seed: number, position: number): number {
  const cell = Math.floor(position);
  const part = position - cell;
  const weight = part * part * (3 - 2 * part);
  return 2 * (hash(seed, cell) * (1 - weight) + hash(seed, cell + 1) * weight) - 1;
}

/** A number in [0, 1) that looks random but depends on its input alone (an integer mix after Murmur3). */
function hash(seed: number, cell: number): number {
  let mixed = Math.imul(cell | 0, 0x9e3779b1) ^ Math.imul(seed | 0, 0x85ebca6b) ^ Math.floor(cell / 2 ** 32);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

export function round(value: number, decimals: number): number {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor;
}
