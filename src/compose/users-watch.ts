// The users file while the gate runs: read again when it changes, whatever the configuration's own file looks like by then,
// so that an account which is taken away is gone within 2 s (SEC-B8.3). A file with problems changes nothing.

import type { Config } from '../config/config.ts';
import { type FileWatch, watchOneFile } from '../config/file-watch.ts';
import { isSame } from '../config/fingerprint.ts';
import { createFindings, formatProblem } from '../config/problem.ts';
import { readUsersAgain } from '../config/users-file.ts';
import type { Log } from '../kernel/log.ts';

export interface UsersWatch {
  /** From now on the file of this configuration. */
  follow(config: Config): void;
  close(): void;
}

export interface UsersWatchOptions {
  /** Puts in force what is made of the configuration in force. */
  readonly change: (make: (config: Config) => Config) => Promise<unknown>;
  readonly log: Log;
}

export function createUsersWatch({ change, log }: UsersWatchOptions): UsersWatch {
  let path: string | undefined;
  let watch: FileWatch | undefined;

  async function readAgain(): Promise<void> {
    await change((config) => {
      const findings = createFindings();
      const users = readUsersAgain(config, findings);
      if (users !== undefined) return isSame(users, config.signIn.users) ? config : { ...config, signIn: { ...config.signIn, users } };
      const hint = 'the accounts from before stay in force';
      for (const problem of findings.problems) log.error('users.refused', { problem: formatProblem(problem), hint });
      return config;
    });
  }

  return {
    follow({ signIn: { usersFile } }) {
      if (usersFile === path) return;
      watch?.close();
      path = usersFile;
      const onError = (error: unknown): void => log.error('users.refused', { error, hint: 'the accounts from before stay in force' });
      watch = usersFile === undefined ? undefined : watchOneFile({ path: usersFile, onChange: readAgain, onError });
    },
    close() {
      watch?.close();
    },
  };
}
