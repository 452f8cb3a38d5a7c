import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { afterPatch } from '../../src/gitops/after-patch.ts'
import { editYaml } from '../../src/gitops/edit-yaml.ts'
import { fieldChanges, pathText } from '../../src/gitops/field-changes.ts'
import { cronJob, deployment, drafted, job, pod, template } from '../actions/objects.ts'

const hpa: KubeObject = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'shop', uid: 'h1' },
  spec: { minReplicas: 1, maxReplicas: 2 },
}
const claim: KubeObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'shop', uid: 'v1' },
  spec: { storageClassName: 'fast', resources: { requests: { storage: '10Gi' } } },
  status: { phase: 'Bound' },
}
const storageClasses = [
  { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'fast' }, allowVolumeExpansion: true },
]
const service: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', uid: 's1' },
  spec: { selector: { app: 'wbe' } },
}
const ready = { ...pod(), status: { conditions: [{ type: 'Ready', status: 'True' }] } }
const env = [{ name: 'LEVEL', value: 'info' }]

/** What would be changed in Git instead, field by field: the plan's mark is none of it. */
const inGit = (...parameters: Parameters<typeof drafted>): readonly string[] => {
  const { change } = drafted(...parameters)
  if (change.kind !== 'cluster-write') throw new Error('not a write to a cluster')
  const after = afterPatch(parameters[1], change.request)
  if (after === undefined) throw new Error('it cannot be said in Git')
  return fieldChanges(parameters[1], after).map(
    ({ path, after: value }) => `${pathText(path)} = ${JSON.stringify(value)}`,
  )
}

describe('an operation on what Git delivers', () => {
  it.each<[Parameters<typeof drafted>, string[]]>([
    [['suspend-cronjob', cronJob()], ['spec.suspend = true']],
    [['resume-cronjob', cronJob({ suspend: true })], ['spec.suspend = false']],
    [['suspend-job', job({ suspend: false })], ['spec.suspend = true']],
    [['pause-rollout', deployment()], ['spec.paused = true']],
    [['resume-rollout', deployment({ paused: true })], ['spec.paused = undefined']],
    [
      ['set-autoscaler-bounds', hpa, { min: 2, max: 6 }],
      ['spec.maxReplicas = 6', 'spec.minReplicas = 2'],
    ],
    [['expand-volume', claim, { size: '20Gi' }, { storageClasses }], ['spec.resources.requests.storage = "20Gi"']],
    [
      ['set-selector', service, { selector: { app: 'web' } }, { namespacePods: [ready] }],
      ['spec.selector.app = "web"'],
    ],
    [
      ['set-env', deployment({ template: template('acme/web:2', { env }) }), { name: 'LEVEL', value: 'debug' }],
      ['spec.template.spec.containers[app].env[LEVEL].value = "debug"'],
    ],
  ])('%o changes just these fields there', (parameters, fields) => {
    expect(inGit(...parameters)).toEqual(fields)
  })

  it('is written into the file and leaves every other byte as it was', () => {
    const file = `# keep me\napiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: nightly\nspec:\n  schedule: "0 3 * * *"   # at three\n  suspend: false\n`
    const target = cronJob({ suspend: false })
    const { change } = drafted('suspend-cronjob', target)
    const after = change.kind === 'cluster-write' ? afterPatch(target, change.request) : undefined
    const edited = editYaml(file, { kind: 'CronJob', name: 'nightly' }, fieldChanges(target, after))
    expect(edited).toBe(file.replace('suspend: false', 'suspend: true'))
  })
})
