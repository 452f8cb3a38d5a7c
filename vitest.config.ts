import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** A folder for machine-readable results, where somebody adds them up. */
const results = process.env['VITEST_RESULTS']

const common = { environment: 'node', pool: 'forks', testTimeout: 20_000, hookTimeout: 60_000 } as const

/** Three suites: fast (every machine), browser (needs Chromium), kube (needs KUBEBUILDER_ASSETS). */
export default defineConfig({
  test: {
    reporters: results === undefined ? ['default'] : ['default', 'json'],
    ...(results === undefined ? {} : { outputFile: { json: join(results, `${process.pid}.json`) } }),
    projects: [
      {
        test: {
          ...common,
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.browser.test.ts', 'test/**/*.kube.test.ts'],
        },
      },
      { test: { ...common, name: 'browser', include: ['test/**/*.browser.test.ts'], testTimeout: 180_000 } },
      {
        test: {
          ...common,
          name: 'kube',
          include: ['test/**/*.kube.test.ts'],
          testTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
