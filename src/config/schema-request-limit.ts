// The shape of the limit of requests.

import { z } from 'zod';

export const requestLimitKeys = {
  requestsPerSecond: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe(
      'Requests of one session to the dashboards, in the long run and on this instance; the next one gets 429. Absent: as many as it sends.',
    ),
  requestBurst: z
    .int()
    .min(1)
    .max(100_000)
    .default(500)
    .describe(
      'Requests that a session may send at once before requestsPerSecond counts, and never less than that. A Grafana dashboard opens with 80.',
    ),
};
