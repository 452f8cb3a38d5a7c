import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { deployment, draft, drafted, patchOf, replicaSet, template } from './objects.ts'

const sets = [replicaSet(1, 'acme/web:1'), replicaSet(2, 'acme/web:1b'), replicaSet(3, 'acme/web:2')]

describe('rollback-rollout', () => {
  it('puts back the template before, without the label of the ReplicaSet, under guards', () => {
    const made = drafted('rollback-rollout', deployment(), {}, { replicaSets: sets })
    expect(patchOf(made)).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'u1' },
      { op: 'test', path: '/metadata/generation', value: 3 },
      { op: 'test', path: '/spec/template', value: template() },
      { op: 'replace', path: '/spec/template', value: template('acme/web:1b') },
      { op: 'add', path: '/metadata/annotations', value: { 'cluster-doctor.dev/plan': 'abcdef012345' } },
    ])
    expect(made.undo).toMatchObject({ action: 'rollback-rollout', input: { revision: 3 } })
    expect(made.blast).toMatchObject({ pods: 2, workloads: 1, notes: ['no PodDisruptionBudget'] })
    expect(made.risk).toBe('medium')
  })

  it('goes to a revision that is named', () => {
    const made = drafted('rollback-rollout', deployment(), { revision: 1 }, { replicaSets: sets })
    expect(made.summary).toContain('revision 1 (now 3)')
  })

  it.each([
    ['at the first revision', deployment(), {}, [replicaSet(1, 'acme/web:2')], 'no-previous-revision'],
    ['to a revision that is not kept', deployment(), { revision: 9 }, sets, 'revision-unknown'],
    ['to what runs already', deployment(), { revision: 3 }, sets, 'already-there'],
    ['while paused', deployment({ paused: true }), {}, sets, 'rollout-paused'],
    [
      'with another Deployment’s ReplicaSets',
      deployment(),
      {},
      [replicaSet(1, 'x:1', 'other')],
      'no-previous-revision',
    ],
    ['with revision 0', deployment(), { revision: 0 }, sets, 'input-invalid'],
    ['with more than it takes', deployment(), { revision: 1, force: true }, sets, 'input-invalid'],
  ] as const)('refuses %s', (_, target, input, replicaSets, code) => {
    expect(draft('rollback-rollout', target, input, { replicaSets })).toMatchObject({ kind: 'refused', code })
  })

  it('refuses where the history could not be read', () => {
    expect(draft('rollback-rollout', deployment(), {}, { unread: ['replicaSets'] })).toMatchObject({
      code: 'related-unread',
    })
  })

  it('rolls a StatefulSet back by its ControllerRevisions', () => {
    const set: KubeObject = { ...deployment(), kind: 'StatefulSet' }
    const revision = (number: number, image: string): KubeObject =>
      ({
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: {
          name: `web-${number}`,
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u1', controller: true }],
        },
        revision: number,
        data: { spec: { template: { ...template(image), $patch: 'replace' } } },
      }) as KubeObject
    const made = drafted(
      'rollback-rollout',
      set,
      {},
      {
        controllerRevisions: [revision(1, 'acme/web:1'), revision(2, 'acme/web:2')],
      },
    )
    expect(patchOf(made)[3]).toEqual({ op: 'replace', path: '/spec/template', value: template('acme/web:1') })
  })
})
