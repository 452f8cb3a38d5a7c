import { describe, expect, it } from 'vitest'
import { errorLines, workflowClass } from '../../src/domain/workflow-log.ts'

describe('workflowClass', () => {
  it.each([
    ['Run tests', 'Tests  1 failed | 41 passed', 'test'],
    ['Compile', 'src/a.ts(1,2): error TS2304: Cannot find name', 'build'],
    ['Check', '/app/x.ts\n  1:1  error  eslint(no-undef) failed', 'lint'],
    [
      'Configure',
      'Error: Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity',
      'auth',
    ],
    ['Push', 'denied: permission_denied: image write_package', 'registry'],
    ['Deploy', 'Error: UPGRADE FAILED: timed out waiting for the condition', 'deploy'],
    ['Anything', 'The runner has received a shutdown signal', 'runner'],
    ['helm upgrade', '', 'deploy'],
    ['Say hello', '', 'other'],
  ])('%s: %s', (step, log, kind) => {
    expect(workflowClass(step, log)).toBe(kind)
  })
})

describe('errorLines', () => {
  it('keeps the last loud lines and drops times and the runner’s own', () => {
    const log =
      '2026-11-20T09:31:00.1Z ok\n2026-11-20T09:31:01.1Z Error: one\n##[error]Error: two\n##[error]Process completed with exit code 1.\n'
    expect(errorLines(log)).toEqual(['Error: one', 'Error: two'])
  })
  it('falls back to the last lines', () => {
    expect(errorLines('a\nb\nc', 2)).toEqual(['b', 'c'])
    expect(errorLines('')).toEqual([])
  })
})
