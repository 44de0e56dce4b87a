// Tests in a browser of another maker, started anew for each, with nothing set up beforehand.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Remote } from './remote.ts';

/**
 * Where a program of these is not installed they are skipped, with a word about it; with CI=true that is a failure.
 *
 * @param programs What has to be in PATH, by Debian package.
 */
export function describeInRemote(
  name: string,
  programs: Readonly<Record<string, string | undefined>>,
  start: () => Promise<Remote>,
  define: (open: () => Remote) => void,
): void {
  const missing = Object.keys(programs).filter((each) => programs[each] === undefined);
  if (missing.length > 0) {
    describe(name, () => {
      it.skipIf(process.env['CI'] !== 'true')('is installed', () => {
        expect.unreachable(`install the Debian packages ${missing.join(', ')}`);
      });
    });
    process.stderr.write(`${name}: skipped, install the Debian packages ${missing.join(', ')}\n`);
    return;
  }
  let remote: Remote;
  describe(name, () => {
    beforeEach(async () => {
      remote = await start();
    });
    afterEach(() => remote.close());
    define(() => remote);
  });
}
