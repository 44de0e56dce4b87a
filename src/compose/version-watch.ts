// By which version of its upstream a lane judges: as configured, or as the upstream says when it is asked, at start, after
// it was down, and from time to time. Until it is known, and where it is not, the preset's strictest is in force.

import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { PresetVersions } from '../policy/preset.ts';
import { presetAt } from '../policy/preset-version.ts';
import type { Route } from '../proxy/route.ts';
import { askVersion, type VersionAnswer } from './ask-version.ts';

/** By what requests to an upstream are judged, for its operators. */
export interface VersionInForce {
  /** As the upstream says it; undefined: it has not said it, or is not asked. */
  readonly version: string | undefined;
  /** The major version whose table is in force. */
  readonly table: number | 'strictest';
  readonly from: 'configuration' | 'upstream';
}

export interface VersionWatch {
  inForce(): VersionInForce;
  /** The upstream may be another one now. */
  askNow(): void;
  /** Somebody is sent there: where the last asking got no answer, the next one waits `firstRetryMs` at most. */
  noteUse(): void;
  stop(): void;
}

interface VersionTimes {
  /** Pause after the first asking without an answer, in milliseconds; doubled after each further one. */
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  /** Pause after an answer: an upstream may be upgraded between two requests. */
  readonly againMs: number;
}

const TIMES: VersionTimes = { firstRetryMs: 1000, maxRetryMs: 60_000, againMs: 600_000 };

/** What is known is doubtful after this many askings in a row without an answer. */
const MAX_UNANSWERED = 5;

export interface VersionWatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What a lane to the same upstream knew: a reload takes nothing from anybody. Default: nothing is known. */
  readonly earlier?: VersionInForce | undefined;
  readonly times?: VersionTimes;
}

/** @returns undefined where the preset does not tell versions apart. */
export function watchVersion(route: Route, options: VersionWatchOptions): VersionWatch | undefined {
  const { versions } = route.preset;
  if (versions === undefined) return undefined;
  const { version } = route.upstream;
  if (version === undefined) return startWatch(route, versions, options);
  const inForce: VersionInForce = { version: undefined, table: version, from: 'configuration' };
  return { inForce: () => inForce, askNow() {}, noteUse() {}, stop() {} };
}

function startWatch(route: Route, versions: PresetVersions, { clock, log, earlier, times = TIMES }: VersionWatchOptions): VersionWatch {
  const { upstream, preset } = route;
  let inForce: VersionInForce = { version: undefined, table: 'strictest', from: 'upstream' };
  let unanswered = 0;
  let askedAtMs = 0;
  let noted = '';
  let timer: NodeJS.Timeout | undefined;
  let stopAsking: (() => void) | undefined;
  let isStopped = false;
  let isDoubtful = false;

  /** One assignment puts the table in force; what has begun goes on with its own. */
  function take(version: string | undefined, major: number | undefined): void {
    const table = presetAt(preset, major);
    inForce = { version, table: table === preset || major === undefined ? 'strictest' : major, from: 'upstream' };
    route.presetInForce = table;
  }

  /** Once, until something else is to be said. */
  function note(level: 'info' | 'warn', reason: string | undefined, hint?: string): void {
    const { version, table } = inForce;
    const kind = `${reason} ${version} ${table}`;
    if (kind === noted) return;
    noted = kind;
    const known = version === undefined ? {} : { version };
    log[level]('upstream.version', { upstream: upstream.name, ...known, table, ...(reason === undefined ? {} : { reason, hint }) });
  }

  function takeAnswer(answer: VersionAnswer): void {
    const key = `upstreams.${upstream.name}.version`;
    if (answer.kind === 'told') {
      const { text, major } = answer.told;
      take(text, major);
      if (inForce.table !== 'strictest') note('info', undefined);
      else
        note(
          'warn',
          'version-not-known',
          `only what all known versions agree on is granted: update framegate, or set ${key} to a version whose routes it has`,
        );
    } else if (answer.kind === 'not-told') {
      take(undefined, undefined);
      note('warn', answer.reason, `the upstream does not say its version at ${versions.path} (${versions.hiddenBy}?): set ${key}`);
    } else {
      if (unanswered >= MAX_UNANSWERED) take(undefined, undefined);
      if (inForce.table === 'strictest') note('warn', answer.reason, `it is asked again until it answers; is it running? Else set ${key}`);
    }
  }

  function askAfter(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(ask, ms).unref();
  }

  function ask(): void {
    isDoubtful = false;
    askedAtMs = clock.now();
    stopAsking = askVersion(upstream, versions, (answer) => {
      stopAsking = undefined;
      unanswered = answer.kind === 'no-answer' ? unanswered + 1 : 0;
      takeAnswer(answer);
      askAfter(isDoubtful ? 0 : unanswered === 0 ? times.againMs : Math.min(times.maxRetryMs, times.firstRetryMs * 2 ** (unanswered - 1)));
    });
  }

  if (earlier?.from === 'upstream' && earlier.table !== 'strictest') take(earlier.version, earlier.table);
  askAfter(0);
  return {
    inForce: () => inForce,
    askNow() {
      if (isStopped) return;
      // An asking from before may still get an answer from before.
      if (stopAsking === undefined) askAfter(0);
      else isDoubtful = true;
    },
    noteUse() {
      if (unanswered === 0 || isStopped || stopAsking !== undefined || clock.now() - askedAtMs < times.firstRetryMs) return;
      askedAtMs = clock.now();
      askAfter(0);
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      stopAsking?.();
    },
  };
}
