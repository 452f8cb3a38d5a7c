import { describe, expect, it } from 'vitest'
import { notReadyToMerge, type PullRequestView } from '../../src/domain/pull-request.ts'
import { deployment, draft, drafted } from './objects.ts'

const head = 'c'.repeat(40)
const input = (more: object = {}) => ({
  repository: 'acme/deploy',
  number: 7,
  branch: 'doctor/abcdef012345',
  base: 'main',
  head,
  method: 'squash',
  title: 'Roll web back',
  merges: 'p'.repeat(32),
  blast: { pods: 3, workloads: 1, services: 1 },
  ...more,
})

describe('merge-pull-request', () => {
  it('is bound to one head, is never a low risk, and is taken back by a pull request', () => {
    const made = drafted('merge-pull-request', deployment(), input())
    expect(made.change).toEqual({
      kind: 'merge',
      repository: 'acme/deploy',
      number: 7,
      branch: 'doctor/abcdef012345',
      base: 'main',
      head,
      method: 'squash',
    })
    expect(made).toMatchObject({
      risk: 'medium',
      blast: { pods: 3 },
      success: { kind: 'pull-request-merged', number: 7 },
      undo: { action: 'open-pull-request', input: { reverts: 'p'.repeat(32) } },
    })
  })

  it.each([
    { branch: 'main' },
    { branch: 'feature/x' },
    { head: 'main' },
    { head: 'C'.repeat(40) },
    { base: '../x' },
    { repository: 'acme' },
    { number: 0 },
    { method: 'force' },
    { extra: 1 },
  ])('refuses %j', (more) => {
    expect(draft('merge-pull-request', deployment(), input(more))).toMatchObject({ kind: 'refused' })
  })
})

describe('what holds a merge back', () => {
  const ready: PullRequestView = {
    number: 7,
    url: 'https://git/acme/deploy/pull/7',
    state: 'open',
    checks: { passed: 2, failed: 0, running: 0, failing: [] },
    approvedBy: ['mara'],
    changesAskedBy: [],
    head,
    base: 'main',
    mergeable: 'clean',
    headApproved: true,
  }
  it('is nothing where all was read and all is well', () => expect(notReadyToMerge(ready)).toBeUndefined())

  const { checks: _checks, ...noChecks } = ready
  const { head: _head, ...noHead } = ready
  const { headApproved: _approved, ...notApproved } = ready
  const { mergeable: _mergeable, ...notSaid } = ready
  it.each<[string, PullRequestView]>([
    ['a merged one', { ...ready, state: 'merged' }],
    ['a closed one', { ...ready, state: 'closed' }],
    ['checks that could not be read', noChecks],
    [
      'checks that were read in part',
      { ...ready, checks: { passed: 2, failed: 0, running: 0, failing: [], partial: true } },
    ],
    ['a check that failed', { ...ready, checks: { passed: 2, failed: 1, running: 0, failing: ['lint'] } }],
    ['a check that runs', { ...ready, checks: { passed: 2, failed: 0, running: 1, failing: [] } }],
    ['somebody who asked for changes', { ...ready, changesAskedBy: ['jon'] }],
    ['an approval of an older commit only', { ...ready, headApproved: false }],
    ['reviews that could not be read', notApproved],
    ['a head that is not known', noHead],
    ['a host that did not say', notSaid],
    ...['blocked', 'behind', 'dirty', 'draft', 'unstable', 'unknown'].map((mergeable): [string, PullRequestView] => [
      `a host that says ${mergeable}`,
      { ...ready, mergeable },
    ]),
  ])('is %s', (_, view) => expect(notReadyToMerge(view)).toBeTypeOf('string'))
})
