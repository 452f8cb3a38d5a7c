import { describe, expect, it } from 'vitest'
import { application, draft, drafted, patchOf } from './objects.ts'

const operationOf = (made: ReturnType<typeof drafted>) =>
  patchOf(made).find((op) => op.path === '/operation')?.value as { sync: object; info: object }

describe('sync-application', () => {
  it('pins the commit that was compared, and that nobody synced since', () => {
    const made = drafted('sync-application', application())
    expect(operationOf(made)).toMatchObject({
      sync: { revision: 'c'.repeat(40), prune: false },
      info: [{ name: 'plan', value: 'abcdef012345' }],
    })
    expect(patchOf(made)[1]).toEqual({
      op: 'test',
      path: '/status/operationState/startedAt',
      value: '2026-11-20T08:00:00Z',
    })
    expect(made).toMatchObject({
      risk: 'medium',
      blast: { workloads: 1 },
      undo: { input: { revision: 'b'.repeat(40) } },
    })
    expect(made.summary).toBe('Sync Application argocd/shop to ccccccc')
  })

  it('is done only when this very operation succeeded and all is healthy', () => {
    expect(drafted('sync-application', application()).success).toMatchObject({
      all: [
        { path: ['status', 'operationState', 'operation', 'info', 'plan', 'value'], value: 'abcdef012345' },
        { value: 'Succeeded' },
        { value: 'Synced' },
        { value: 'Healthy' },
      ],
      never: [{ value: 'Failed' }, { value: 'Error' }],
    })
  })

  it('prunes only where asked to, at a high risk, and says what stays otherwise', () => {
    const resources = [{ kind: 'ConfigMap', name: 'old', status: 'OutOfSync', requiresPruning: true }]
    const made = drafted('sync-application', application({}, { resources }), { prune: true })
    expect(made).toMatchObject({ risk: 'high' })
    expect(operationOf(made)).toMatchObject({ sync: { prune: true } })
    const kept = drafted('sync-application', application({}, { resources }))
    expect(kept.blast.notes[1]).toContain('stay')
    expect(JSON.stringify(kept.success)).not.toContain('"Synced"')
  })

  it('rolls back to a commit of its history, with the source of then', () => {
    const made = drafted('sync-application', application(), { revision: 'aaaaaaa' })
    expect(operationOf(made)).toMatchObject({ sync: { revision: 'a'.repeat(40), source: { path: 'shop' } } })
    expect(made.summary).toBe('Roll Application argocd/shop back to aaaaaaa')
    const source = { repoURL: 'https://evil.dev/deploy' }
    const moved = application({}, { history: [{ id: 0, revision: 'a'.repeat(40), source }] })
    expect(draft('sync-application', moved, { revision: 'aaaaaaa' })).toMatchObject({ code: 'source-moved' })
  })

  it('keeps several sources together', () => {
    const revisions = ['c'.repeat(40), '1.2.3']
    const made = drafted('sync-application', application({}, { sync: { status: 'OutOfSync', revisions } }))
    expect(operationOf(made)).toMatchObject({ sync: { revisions } })
  })

  it.each([
    ['what is in sync', application({}, { sync: { status: 'Synced', revision: 'c'.repeat(40) } }), {}, 'already-there'],
    ['what could not be compared', application({}, { sync: { status: 'Unknown', revision: 'x' } }), {}, 'not-compared'],
    [
      'a revision that is no text to show',
      application({}, { sync: { status: 'OutOfSync', revision: 'a`b' } }),
      {},
      'not-compared',
    ],
    ['what is being synced', application({}, { operationState: { phase: 'Running' } }), {}, 'operation-running'],
    ['what is about to be synced', application({}, {}, { operation: { sync: {} } }), {}, 'operation-running'],
    ['an unknown revision', application(), { revision: 'ddddddd' }, 'revision-unknown'],
    ['a revision too short to be one', application(), { revision: 'aaa' }, 'revision-unknown'],
    [
      'a rollback of what syncs by itself',
      application({ syncPolicy: { automated: {} } }),
      { revision: 'aaaaaaa' },
      'syncs-itself',
    ],
    ['a revision that is none', application(), { revision: '../x' }, 'input-invalid'],
  ])('refuses %s', (_, target, input, code) => {
    expect(draft('sync-application', target, input)).toMatchObject({ code })
  })
})
