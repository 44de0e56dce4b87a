import { z } from 'zod';

/** Major version of an upstream. Which there are is the preset's to say: resolve-version.ts. */
export const version = z
  .union([z.literal('auto'), z.int().min(1).max(999)], {
    error: 'is not a version. Write the major version alone, such as 12, or auto',
  })
  .optional()
  .describe(
    'Major version of the dashboard server, by whose routes requests are judged; Grafana: 9 to 13. Absent or auto: it is asked at start and again from time to time; until it is known, or where it is not, only what all versions agree on is. Only for presets that tell versions apart: grafana.',
  );
