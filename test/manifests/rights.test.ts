import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { pinnedPath } from '../../src/adapters/kubernetes/pin.ts'
import type { KubeObject, PolicyRule } from '../../src/domain/kubernetes.ts'
import { ruleAllows } from '../../src/domain/rbac.ts'
import { accessOf } from '../../src/domain/write-path.ts'
import { application, cronJob, deployment, drafted, job, node, pod, replicaSet } from '../actions/objects.ts'
import { signingRequest } from '../actions/signing-request.ts'

const documents = (file: string) =>
  parseAllDocuments(readFileSync(join(import.meta.dirname, '../../manifests', file), 'utf8')).map(
    (one) => one.toJS() as Record<string, unknown>,
  )
const writer = documents('rbac-writer.yaml').find((one) => one['kind'] === 'ClusterRole') as unknown as {
  rules: readonly PolicyRule[]
}
const admission = JSON.stringify(documents('admission-policy.yaml'))

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
const hpa: KubeObject = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'shop', uid: 'h1' },
  spec: { minReplicas: 1, maxReplicas: 2 },
}
const certificate: KubeObject = {
  apiVersion: 'cert-manager.io/v1',
  kind: 'Certificate',
  metadata: { name: 'web', namespace: 'shop', uid: 'x1' },
}
const csr: KubeObject = {
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'csr-x', uid: 'q1' },
  spec: {
    signerName: 'kubernetes.io/kube-apiserver-client',
    username: 'dana',
    usages: ['client auth'],
    request: Buffer.from(signingRequest({ commonName: 'dana' })).toString('base64'),
  },
}
const ready = { ...pod(), status: { conditions: [{ type: 'Ready', status: 'True' }] } }
const revisions = { replicaSets: [replicaSet(1, 'acme/web:1'), replicaSet(2, 'acme/web:2')] }

/** Every action that changes one thing on a cluster, on something that it can change. */
const drafts: readonly Parameters<typeof drafted>[] = [
  ['restart-rollout', deployment()],
  ['rollback-rollout', deployment(), {}, revisions],
  ['scale-workload', deployment(), { replicas: 3 }],
  ['set-image', deployment(), { image: 'acme/web:3' }],
  ['set-resources', deployment(), { limits: { memory: '128Mi' } }],
  ['set-env', deployment(), { name: 'MODE', value: 'fast' }],
  ['pause-rollout', deployment()],
  ['resume-rollout', deployment({ paused: true })],
  ['evict-pod', pod()],
  ['cordon-node', node()],
  ['uncordon-node', node({ unschedulable: true })],
  ['suspend-cronjob', cronJob()],
  ['resume-cronjob', cronJob({ suspend: true })],
  ['suspend-job', job()],
  ['resume-job', job({ suspend: true })],
  ['expand-volume', claim, { size: '20Gi' }, { storageClasses }],
  ['set-autoscaler-bounds', hpa, { max: 4 }],
  ['set-selector', service, { selector: { app: 'web' } }, { namespacePods: [ready] }],
  ['sync-application', application()],
  ['refresh-application', application()],
  ['renew-certificate', certificate],
  ['approve-csr', csr],
]

describe('the shipped rights', () => {
  it.each(drafts)('let the writer send what %s sends, and nothing of it is pinned away', (...draft) => {
    const { change } = drafted(...draft)
    if (change.kind !== 'cluster-write') throw new Error('not a write to a cluster')
    expect(pinnedPath(change.request)).toContain(change.request.path)
    const access = accessOf(change.request)
    if (access === undefined) throw new Error('not a path that can be checked')
    const { name: _, ...asked } = access
    expect(writer.rules.some((rule) => ruleAllows(rule, asked))).toBe(true)
    const { verb, group, resource, subresource } = access
    const operation = verb === 'patch' ? 'UPDATE' : 'CREATE'
    expect(admission).toContain(
      `${operation} ${group}/${resource}${subresource === undefined ? '' : `/${subresource}`}`,
    )
  })

  it('give the writer no other verb than reading, patching, evicting and approving', () => {
    const verbs = new Set(writer.rules.flatMap((rule) => rule.verbs ?? []))
    expect([...verbs].toSorted()).toEqual(['approve', 'create', 'get', 'list', 'patch'])
    const created = writer.rules.filter((rule) => rule.verbs?.includes('create')).flatMap((rule) => rule.resources)
    expect(created).toEqual(['pods/eviction'])
    expect(JSON.stringify(writer.rules)).not.toMatch(/\*|secrets|impersonate|escalate|bind/)
  })
})
