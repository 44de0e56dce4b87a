import { createRequire } from 'node:module';
import type HttpProxy from 'http-proxy';

/**
 * Loads http-proxy 1.18.1 without the deprecated `util._extend` that it captures at load: its first call prints
 * DEP0060 at every start, and it breaks on the day Node removes the function (PRX-H1). `Object.assign` does the same.
 */
export function loadHttpProxy(): typeof HttpProxy {
  const require = createRequire(import.meta.url);
  const util = require('node:util') as { _extend: unknown };
  const deprecated = util._extend;
  util._extend = Object.assign;
  try {
    return require('http-proxy') as typeof HttpProxy;
  } finally {
    util._extend = deprecated;
  }
}
