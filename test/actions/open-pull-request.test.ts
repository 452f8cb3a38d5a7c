import { describe, expect, it } from 'vitest'
import { isOwnBranch } from '../../src/domain/repository-path.ts'
import { deployment, draft, drafted } from './objects.ts'

const edit = (path = 'apps/web/deployment.yaml') => ({ path, before: 'a: 1\n', after: 'a: 2\n' })
const input = (more: object = {}) => ({
  repository: 'acme/deploy',
  base: 'main',
  baseSha: 'a'.repeat(40),
  title: 'Roll web back',
  body: 'why',
  edits: [edit()],
  ...more,
})

describe('open-pull-request', () => {
  it('names the branch for an issue where that is wanted, and never without the plan', () => {
    const { change } = drafted('open-pull-request', deployment(), input({ issue: 12 }))
    expect(change).toMatchObject({
      branch: expect.stringMatching(/^fix\/cluster-doctor\/issue-12-\d{8}-abcdef012345$/),
    })
    expect(change.kind === 'pull-request' && isOwnBranch(change.branch)).toBe(true)
  })
  it('makes one branch named by the plan', () => {
    const made = drafted('open-pull-request', deployment(), input())
    expect(made.change).toMatchObject({ kind: 'pull-request', branch: 'doctor/abcdef012345', base: 'main' })
    expect(made).toMatchObject({ risk: 'low', blast: { pods: 0 } })
  })

  it.each([
    '../../.github/workflows/x.yml',
    '.github/workflows/x.yml',
    '.GitHub/workflows/x.yml',
    '/etc/passwd.yaml',
    'a/../b.yaml',
    'a//b.yaml',
    'a\\b.yaml',
    'a\r\n.yaml',
    '-rf.yaml',
    'script.sh',
    '.git/config.yaml',
    'a/.git/x.yaml',
  ])('refuses the path %j', (path) => {
    expect(draft('open-pull-request', deployment(), input({ edits: [edit(path)] }))).toMatchObject({ kind: 'refused' })
  })

  it.each([
    { repository: 'acme' },
    { repository: 'acme/..' },
    { repository: 'acme/a/b' },
    { repository: 'ácme/x' },
    { base: 'refs/heads/main' },
    { base: '--upload-pack=x' },
    { base: '@{-1}' },
    { base: 'a..b' },
    { baseSha: 'main' },
    { edits: [] },
    { title: '' },
    { force: true },
  ])('refuses %j', (more) => {
    expect(draft('open-pull-request', deployment(), input(more))).toMatchObject({ code: 'input-invalid' })
  })

  it('refuses an edit that changes nothing and one file edited twice', () => {
    const same = { path: 'a.yaml', before: 'x', after: 'x' }
    expect(draft('open-pull-request', deployment(), input({ edits: [same] }))).toMatchObject({ code: 'already-there' })
    const twice = [edit('a.yaml'), edit('A.yaml')]
    expect(draft('open-pull-request', deployment(), input({ edits: twice }))).toMatchObject({ code: 'path-twice' })
  })

  it('mentions nobody and closes nothing', () => {
    const made = drafted('open-pull-request', deployment(), input({ title: 'hi @acme/everyone fixes #1' }))
    if (made.change.kind !== 'pull-request') throw new Error('not a pull request')
    expect(made.change.title).not.toMatch(/@acme|#1/)
  })
})
