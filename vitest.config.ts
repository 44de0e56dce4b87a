import { defineConfig } from 'vitest/config';

// Three suites: everything on real servers; a real browser; the packed package. Each has a script of its own.
// A landing runs 9,000 tests on real sockets beside whatever else its machine does: a failed test runs once more there,
// and .ci/count.js names those that needed it.
// Most of a test's time is waiting for sockets and timers, so there are more workers than cores, and a worker keeps the
// modules that it has loaded: the suite takes 40 s instead of 200 s.
const shared = {
  setupFiles: ['test/support/no-uncaught.ts'],
  testTimeout: 15_000,
  hookTimeout: 30_000,
  pool: 'forks' as const,
  isolate: false,
  maxWorkers: 6,
  retry: process.env.CI ? 1 : 0,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'main',
          include: ['test/**/*.test.ts'],
          exclude: ['test/browser/**', 'test/grafana/**', 'test/package/**'],
        },
      },
      // The black-box suite once more for each engine that `auto` does not pick.
      ...['http-proxy', 'undici'].map((engine) => ({
        test: {
          ...shared,
          name: engine,
          include: ['test/security/**/*.test.ts', 'test/proxy/*.server.test.ts', 'test/replay/**/*.test.ts'],
          env: { TEST_ENGINE: engine },
        },
      })),
      {
        test: {
          ...shared,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      // Against a real one, where TEST_GRAFANA names it: npm run test:grafana -- URL.
      { test: { ...shared, name: 'grafana', include: ['test/grafana/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { ...shared, name: 'package', include: ['test/package/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 180_000 } },
    ],
  },
});
