// A V8 CPU profile (Chrome DevTools Protocol, type Profiler.Profile) as three lists: functions by their own time, the
// rooms and packages that they belong to, and our own functions with all that they call.

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Microseconds of the monotonic clock. */
  readonly startTime: number;
  /** Node ids, one per sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  /** Ids of the functions that it called. */
  readonly children?: readonly number[];
}

export interface Share {
  readonly name: string;
  /** Of the time that the process was not idle; 0 to 1. */
  readonly share: number;
}

export interface ProfileSummary {
  readonly functions: readonly Share[];
  readonly places: readonly Share[];
  /** With what they call; what follows an `await` is no longer theirs. */
  readonly inclusive: readonly Share[];
}

/** Microseconds of the monotonic clock, which all processes of a machine share. */
export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

/**
 * @param root URL of the project's folder, with a slash at the end; the names are told from there.
 * @param window What came before and after is left out: start, sign-in, warm-up, end.
 */
export function summariseProfile(profile: CpuProfile, root: string, { fromUs, toUs }: Window): ProfileSummary {
  const frames = readFrames(profile.nodes, root);
  const totals = { functions: new Map<string, number>(), places: new Map<string, number>(), inclusive: new Map<string, number>() };
  let busyUs = 0;
  let nowUs = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const us = profile.timeDeltas[index] ?? 0;
    nowUs += us;
    const frame = frames.get(id);
    if (nowUs < fromUs || nowUs > toUs || frame === undefined || frame.name === '(idle)') continue;
    add(totals.functions, frame.name, us);
    add(totals.places, frame.place, us);
    for (const name of frame.within) add(totals.inclusive, name, us);
    busyUs += us;
  }
  const rank = (map: ReadonlyMap<string, number>) =>
    [...map].map(([name, us]) => ({ name, share: us / busyUs })).toSorted((a, b) => b.share - a.share);
  return { functions: rank(totals.functions), places: rank(totals.places), inclusive: rank(totals.inclusive) };
}

interface Frame {
  readonly name: string;
  readonly place: string;
  /** Names of itself and its callers, as far as they are the project's or a package's; each once. */
  readonly within: ReadonlySet<string>;
}

function readFrames(nodes: readonly ProfileNode[], root: string): Map<number, Frame> {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const frames = new Map<number, Frame>();
  // Callers come before what they call.
  for (const { id, callFrame } of nodes) {
    const { functionName, url, lineNumber } = callFrame;
    const short = url.startsWith(root) ? url.slice(root.length) : url;
    const name = url === '' ? functionName || '(anonymous)' : `${functionName || '(anonymous)'} ${short}:${lineNumber + 1}`;
    const callers = frames.get(parents.get(id) ?? -1)?.within ?? [];
    const isLocal = short !== url;
    frames.set(id, { name, place: placeOf(short, functionName), within: new Set(isLocal ? [...callers, name] : callers) });
  }
  return frames;
}

/** A room of ours, a package, a module of Node, or what is none of these. */
function placeOf(file: string, functionName: string): string {
  if (file === '') return functionName.startsWith('(') ? functionName : 'native code';
  return (
    /^src\/[^/]+/.exec(file)?.[0] ?? /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file.replace(/^(node:[^/]+\/?[^/]*).*/, '$1')
  );
}

function add(totals: Map<string, number>, name: string, us: number): void {
  totals.set(name, (totals.get(name) ?? 0) + us);
}
