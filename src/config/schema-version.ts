import { z } from 'zod';

/** Major version of an upstream. Which there are is the preset's to say: resolve-version.ts. */
export const version = z
  .union([z.literal('auto'), z.int().min(1).max(999)])
  .optional()
  .describe(
    'auto, or the major version alone, such as 12, by whose routes requests are judged. Default auto: Grafana is asked at start and again from time to time; until it says its version, or where framegate does not know that one, the strictest holds. Only for the preset grafana: 9 to 13.',
  );
