import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** A folder for machine-readable results, where somebody adds them up. */
const results = process.env['VITEST_RESULTS']

const common = {
  environment: 'node',
  pool: 'forks',
  testTimeout: 90_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 20_000 } },
} as const
/** Whole processes on a machine that others use too may once be too slow; a second time is told of in the report. */
const withRedis = { ...common, globalSetup: ['test/redis-there.ts'], retry: process.env['CI'] === undefined ? 0 : 1 }

const rooms = [
  'agent',
  'analyzers',
  'actions',
  'diagnosis',
  'domain',
  'gitops',
  'hygiene',
  'policy',
  'runbooks',
  'scenarios',
  'sources',
  'views',
]
const pure = rooms.map((room) => `test/${room}/**/*.test.ts`)
const long = ['long', 'browser', 'kube', 'crash', 'opa', 'render', 'prometheus'].map(
  (suite) => `test/**/*.${suite}.test.ts`,
)

/**
 * Suites: fast (every machine), long (every machine: whole processes, outages, storms, the commands of the documentation), browser (needs
 * Chromium), kube (needs KUBEBUILDER_ASSETS), opa (needs opa on PATH), render (needs kubectl and helm on PATH), prometheus (needs
 * Prometheus and its Alertmanager on PATH).
 */
export default defineConfig({
  test: {
    reporters: results === undefined ? ['default'] : ['default', 'json'],
    ...(results === undefined ? {} : { outputFile: { json: join(results, `${process.pid}.json`) } }),
    projects: [
      // Pure functions over data share one process each core: nothing leaks between files, and imports cost once.
      { test: { ...common, name: 'fast-pure', pool: 'threads', isolate: false, include: pure, exclude: long } },
      {
        test: {
          ...withRedis,
          name: 'fast',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [...long, ...pure],
        },
      },
      { test: { ...withRedis, name: 'long', include: ['test/**/*.long.test.ts'] } },
      { test: { ...withRedis, name: 'browser', include: ['test/**/*.browser.test.ts'], testTimeout: 180_000 } },
      { test: { ...common, name: 'opa', include: ['test/**/*.opa.test.ts'] } },
      { test: { ...withRedis, name: 'prometheus', include: ['test/**/*.prometheus.test.ts'] } },
      { test: { ...common, name: 'render', include: ['test/**/*.render.test.ts'] } },
      {
        test: {
          ...withRedis,
          name: 'kube',
          include: ['test/**/*.kube.test.ts'],
          testTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
