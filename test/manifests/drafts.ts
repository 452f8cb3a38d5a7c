import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { application, cronJob, deployment, type drafted, job, node, pod, replicaSet } from '../actions/objects.ts'
import { signingRequest } from '../actions/signing-request.ts'

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
  spec: { secretName: 'web' },
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
export const drafts: readonly Parameters<typeof drafted>[] = [
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
