import { describe, expect, it } from 'vitest'
import { workflowFile } from '../../src/domain/pipeline.ts'
import { errorLines, pushedImages, stepLog, workflowClass } from '../../src/domain/workflow-log.ts'

const digest = `sha256:${'a1'.repeat(32)}`

describe('stepLog', () => {
  const log = [
    '\ufeff2026-11-21T02:00:00.1000000Z Current runner version',
    '2026-11-21T02:00:03.2000000Z ##[group]Run npm ci',
    '2026-11-21T02:00:05.0000000Z added 4 packages',
    '2026-11-21T02:00:05.1000000Z ##[group]Run npm test',
    '  an indented line without a time',
    '2026-11-21T02:00:09.0000000Z ##[error]Process completed with exit code 1.',
    '2026-11-21T02:00:09.5000000Z Post job cleanup.',
  ].join('\n')
  it('takes the lines of its time, from where the runner began it to its error', () => {
    const own = stepLog(log, { started_at: '2026-11-21T02:00:05Z', completed_at: '2026-11-21T02:00:09Z' })
    expect(own.split('\n')).toHaveLength(3)
    expect(own).toMatch(/^\S+ ##\[group\]Run npm test\n {2}an indented line/)
    expect(own).not.toContain('Post job')
  })
  it('keeps all where the times do not tell', () => {
    expect(stepLog(log, undefined)).toBe(log)
    expect(stepLog(log, { started_at: '2030-01-01T00:00:00Z', completed_at: '2030-01-01T00:00:01Z' })).toBe(log)
  })
})

describe('pushedImages', () => {
  it.each([
    [
      `#14 pushing manifest for ghcr.io/acme/shop:1.4@${digest} 0.9s done`,
      { image: 'ghcr.io/acme/shop', tag: '1.4', digest },
    ],
    [`1.4: digest: ${digest} size: 1364`, { tag: '1.4', digest }],
    [
      `2026/11/21 02:00:00 Published registry.local:5000/shop:1.4@${digest}`,
      { image: 'registry.local:5000/shop', tag: '1.4', digest },
    ],
    [`  "containerimage.digest": "${digest}",`, { digest }],
  ])('%s', (line, pushed) => {
    expect(pushedImages(`2026-11-21T02:00:05.1000000Z ${line}\n`)).toEqual([pushed])
  })
  it('takes a digest that was only pulled, or is none, for nothing', () => {
    expect(pushedImages(`Digest: ${digest}\nStatus: Downloaded newer image\nsha256:short`)).toEqual([])
  })
})

describe('errorLines', () => {
  it('leaves out colours and what npm says after the program that it ran', () => {
    const log = [
      '\u001b[31mFAIL\u001b[39m test/cart.test.ts',
      'Tests: 1 failed, 41 passed',
      'npm error Lifecycle script `test` failed with error:',
      'npm error code 1',
      'npm error path /home/runner/work/shop',
      'npm error command failed',
      '##[error]Process completed with exit code 1.',
    ].join('\n')
    expect(errorLines(log)).toEqual(['FAIL test/cart.test.ts', 'Tests: 1 failed, 41 passed'])
    expect(workflowClass('Run', log)).toBe('test')
  })
  it('keeps what npm itself has to say', () => {
    const log = 'npm error code ERESOLVE\nnpm error ERESOLVE could not resolve\nnpm error path /x'
    expect(errorLines(log)).toEqual(['npm error code ERESOLVE', 'npm error ERESOLVE could not resolve'])
    expect(workflowClass('Install', log)).toBe('build')
  })
})

it('names a workflow by its file', () => {
  expect(workflowFile('.github/workflows/deploy.yml')).toBe('deploy.yml')
  expect(workflowFile('.github/workflows/deploy.yml@refs/heads/main')).toBe('deploy.yml')
  expect(workflowFile('dynamic/pages/pages-build-deployment')).toBe('pages-build-deployment')
  expect(workflowFile('')).toBeUndefined()
})
