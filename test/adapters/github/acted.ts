import type { ActedJob, ActedRun, ActedStep } from '../../../src/demo/git/actions/model.ts'

const start = Date.parse('2026-11-21T02:00:00Z')

/** A step that took so many seconds from a second on. */
export const step = (
  name: string,
  from: number,
  seconds: number,
  lines: readonly string[],
  conclusion: ActedStep['conclusion'] = 'success',
): ActedStep => ({
  name,
  conclusion,
  from: start + from * 1_000,
  to: start + (from + seconds) * 1_000,
  lines,
})

/** A job of checkout, one step, and the end of a runner. */
export const job = (id: number, name: string, own: ActedStep, change: Partial<ActedJob> = {}): ActedJob => ({
  id,
  name,
  conclusion: own.conclusion,
  log: 'kept',
  steps: [
    step('Set up job', 0, 2, [
      'Current runner version: 2.330.0',
      '##[group]Operating System',
      'Ubuntu',
      '##[endgroup]',
    ]),
    own,
    step('Post Run actions/checkout@v5', 60, 1, [
      'Post job cleanup.',
      '[command]/usr/bin/git version',
      'error: could not lock config file',
    ]),
  ],
  ...change,
})

/** A run of the deploy workflow that failed. */
export const run = (id: number, change: Partial<ActedRun> = {}): ActedRun => ({
  id,
  attempt: 1,
  workflow: { id: 90, name: 'Deploy', path: '.github/workflows/deploy.yml' },
  event: 'push',
  status: 'completed',
  conclusion: 'failure',
  branch: 'main',
  sha: '9f31c2e8d19f31c2e8d19f31c2e8d19f31c2e8d1',
  actor: 'jon',
  created: start,
  updated: start + 65_000,
  jobs: [],
  ...change,
})
