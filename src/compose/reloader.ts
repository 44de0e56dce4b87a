// From files that have changed to the configuration in force: read, judged as a whole, then put in force or left alone.

import type { ConfigChanges } from '../config/changes.ts';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/error.ts';
import type { ConfigCheck } from '../config/load.ts';
import { type ConfigProblem, formatProblem } from '../config/problem.ts';
import { type StampedFiles, watchFiles } from '../config/watch.ts';
import type { Log } from '../kernel/log.ts';

export interface ReloaderOptions {
  /** The configuration as it is written now. */
  readonly load: () => ConfigCheck;
  /** What the configuration in force was read from. */
  readonly files: StampedFiles;
  /** @throws {ConfigError} where it has to wait for a restart. */
  readonly apply: (config: Config) => Promise<ConfigChanges>;
  /** Told where the problems are when what is written is not in force. */
  readonly onKept: (reason: string) => void;
  readonly log: Log;
}

export interface Reloader {
  /** @returns whether what is written is in force now; if not, every problem is in the log. */
  reload(): Promise<boolean>;
  close(): void;
}

/** Reloads when it is asked to, and when a file changes. */
export function createReloader({ load, files, apply, onKept, log }: ReloaderOptions): Reloader {
  async function reload(): Promise<boolean> {
    try {
      const check = load();
      watch.follow(check.files);
      if (check.config === undefined) throw new ConfigError(check.problems);
      const { keys } = await apply(check.config);
      if (keys.length === 0) log.info('config.unchanged');
      return true;
    } catch (error) {
      reportKept(error, log);
      onKept(nameKept(error));
      return false;
    }
  }

  const watch = watchFiles(() => void reload());
  watch.follow(files);
  return { reload, close: watch.close };
}

/** Why the configuration from before stays in force: the keys that have problems. */
export function nameKept(error: unknown): string {
  return error instanceof ConfigError ? error.problems.map(({ path }) => path).join(' ') : 'internal';
}

/** One line for each problem: a list in one line would be cut. */
function reportKept(error: unknown, log: Log): void {
  const problems: readonly ConfigProblem[] = error instanceof ConfigError ? error.problems : [];
  for (const problem of problems) log.error('config.problem', { path: problem.path, problem: formatProblem(problem) });
  log.error('config.kept', {
    reason: 'the configuration cannot be put in force; the one from before is',
    problems: problems.length,
    ...(error instanceof ConfigError ? {} : { error }),
  });
}
