import type { ObjectRef } from '../../src/domain/object.ts'
import { signingRequest } from '../actions/signing-request.ts'
import type { ControlPlane } from './control-plane.ts'
import type { Rest } from './kubelet.ts'

/** One operation on a real API server: what it needs there, what is asked for, and what the other controllers do then. */
export type Operation = {
  readonly id: string
  readonly target: ObjectRef
  readonly input?: Readonly<Record<string, unknown>>
  readonly seed?: (plane: ControlPlane, rest: Rest) => Promise<unknown>
  /** What a controller that is not of Kubernetes itself does, again and again while success is checked. */
  readonly play?: (rest: Rest) => Promise<unknown>
  /** What is looked at in the end where it is not the target, and what is so of it. */
  readonly look?: ObjectRef
  readonly holds: (object: Readonly<Record<string, unknown>>) => unknown
  readonly is: unknown
}

type Fields = Readonly<Record<string, unknown>>

const merge = 'application/merge-patch+json'
const of = (object: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((here, step) => (here as Record<string | number, unknown> | undefined)?.[step], object)

const deploymentRef: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout' }
const ref = (apiVersion: string, kind: string, name: string, namespace?: string): ObjectRef => ({
  apiVersion,
  kind,
  name,
  ...(namespace === undefined ? {} : { namespace }),
})

/** A minimal definition of a custom resource: any fields, with or without a status of its own. */
const definition = (group: string, kind: string, plural: string, version: string, apart: boolean) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${plural}.${group}`,
    // Groups of Kubernetes' own need a word of approval; others are free.
    annotations: { 'api-approved.kubernetes.io': 'unapproved, test-only' },
  },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        ...(apart ? { subresources: { status: {} } } : {}),
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
})

/** The custom resources that two of the operations are about. */
export const definitions = [
  definition('argoproj.io', 'Application', 'applications', 'v1alpha1', false),
  definition('cert-manager.io', 'Certificate', 'certificates', 'v1', true),
]

export const template = (name: string, image: string, more: object = {}) => ({
  metadata: { labels: { app: name } },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image, ...more }] },
})

/** A Deployment of two pods. */
export const deployment = (name: string, image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop' },
  spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: template(name, image) },
})

const jobSpec = (image: string) => ({
  template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image }] } },
})

const claim = '/api/v1/namespaces/shop/persistentvolumeclaims/data'
const application = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/shop'
const certificate = '/apis/cert-manager.io/v1/namespaces/shop/certificates/web'

const seedClaim = async (_: ControlPlane, rest: Rest) => {
  const size = { storage: '10Gi' }
  await rest('POST', '/apis/storage.k8s.io/v1/storageclasses', {
    metadata: { name: 'fast' },
    provisioner: 'csi.acme.dev',
    allowVolumeExpansion: true,
  })
  await rest('POST', '/api/v1/persistentvolumes', {
    metadata: { name: 'pv-data' },
    spec: {
      capacity: size,
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      csi: { driver: 'csi.acme.dev', volumeHandle: 'vol-1' },
    },
  })
  await rest('POST', '/api/v1/namespaces/shop/persistentvolumeclaims', {
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      volumeName: 'pv-data',
      resources: { requests: size },
    },
  })
}

/** What an external resizer does: the volume is as large as was asked for. */
const resize = async (rest: Rest) => {
  const capacity = of(await rest('GET', claim), 'spec', 'resources', 'requests')
  await rest('PATCH', `${claim}/status`, { status: { capacity } }, merge)
}

const commit = (letter: string) => letter.repeat(40)
const seedApplication = (_: ControlPlane, rest: Rest) =>
  rest('POST', '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications', {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop' },
    spec: { source: { repoURL: 'https://github.com/acme/deploy', path: 'shop' }, project: 'default' },
    status: {
      sync: { status: 'OutOfSync', revision: commit('c') },
      health: { status: 'Healthy' },
      reconciledAt: '2026-11-20T09:00:00Z',
      history: [{ id: 0, revision: commit('b'), source: { repoURL: 'https://github.com/acme/deploy', path: 'shop' } }],
    },
  })

/** What Argo CD does: takes an operation or a refresh away, does it, and writes down what it did. */
const argo = async (rest: Rest) => {
  const app = await rest('GET', application)
  const operation = app['operation'] as Fields | undefined
  const refreshes = of(app, 'metadata', 'annotations', 'argocd.argoproj.io/refresh') !== undefined
  if (operation === undefined && !refreshes) return
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const revision = of(operation, 'sync', 'revision')
  await rest(
    'PATCH',
    application,
    {
      metadata: { annotations: { 'argocd.argoproj.io/refresh': null } },
      operation: null,
      status: {
        reconciledAt: now,
        ...(operation === undefined
          ? {}
          : {
              operationState: { operation, phase: 'Succeeded', startedAt: now, finishedAt: now },
              sync: { status: revision === commit('c') ? 'Synced' : 'OutOfSync', revision: commit('c') },
              history: [...((of(app, 'status', 'history') as object[]) ?? []), { id: 1, revision }],
            }),
      },
    },
    merge,
  )
}

const seedCertificate = async (_: ControlPlane, rest: Rest) => {
  await rest('POST', '/apis/cert-manager.io/v1/namespaces/shop/certificates', {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'web' },
    spec: { secretName: 'web-tls', issuerRef: { name: 'ca' } },
  })
  const conditions = [{ type: 'Ready', status: 'True' }]
  await rest('PATCH', `${certificate}/status`, { status: { revision: 1, conditions } }, merge)
}

/** What cert-manager does once a certificate is Issuing. */
const issue = async (rest: Rest) => {
  const { status } = (await rest('GET', certificate)) as { status: { revision: number; conditions: Fields[] } }
  if (!status.conditions.some((one) => one['type'] === 'Issuing' && one['status'] === 'True')) return
  const conditions = status.conditions.filter((one) => one['type'] !== 'Issuing')
  await rest('PATCH', `${certificate}/status`, { status: { revision: status.revision + 1, conditions } }, merge)
}

/** Asks for a certificate as a node does, for what it serves or at another signer. */
export const seedRequest =
  (name: string, signerName = 'kubernetes.io/kubelet-serving') =>
  async (plane: ControlPlane): Promise<void> => {
    const serves = signerName.endsWith('serving')
    const pem = signingRequest(
      serves
        ? { commonName: 'system:node:node-1', organizations: ['system:nodes'], dns: ['node-1'], ips: ['10.0.0.7'] }
        : { commonName: 'dana' },
    )
    const made = await plane.kubectl(
      ['create', '-f', '-', ...(serves ? asNode : [])],
      JSON.stringify({
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name },
        spec: {
          signerName,
          usages: ['digital signature', serves ? 'server auth' : 'client auth'],
          request: Buffer.from(pem).toString('base64'),
        },
      }),
    )
    if (made.code !== 0) throw new Error(made.stderr)
  }

const asNode = ['--as=system:node:node-1', '--as-group=system:nodes', '--as-group=system:authenticated']

const onCheckout = (id: string, input: object, holds: Operation['holds'], is: unknown): Operation => ({
  id,
  target: deploymentRef,
  input: input as Fields,
  holds,
  is,
})

const envOf = (object: Fields) => of(object, 'spec', 'template', 'spec', 'containers', 0, 'env')

/** Each operation in an order in which one leaves the next what it needs. */
export const operations = (image: string): readonly Operation[] => [
  onCheckout(
    'restart-rollout',
    {},
    (object) => typeof of(object, 'spec', 'template', 'metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt'),
    'string',
  ),
  onCheckout('scale-workload', { replicas: 3 }, (object) => of(object, 'spec', 'replicas'), 3),
  onCheckout(
    'set-resources',
    { limits: { memory: '256Mi' } },
    (object) => of(object, 'spec', 'template', 'spec', 'containers', 0, 'resources', 'limits', 'memory'),
    '256Mi',
  ),
  onCheckout('restart-one-by-one', {}, (object) => of(object, 'status', 'availableReplicas'), 3),
  onCheckout(
    'rollback-rollout',
    {},
    (object) => of(object, 'spec', 'template', 'spec', 'containers', 0, 'resources'),
    {},
  ),
  onCheckout(
    'set-image',
    { image: `${image}-b` },
    (object) => of(object, 'spec', 'template', 'spec', 'containers', 0, 'image'),
    `${image}-b`,
  ),
  onCheckout('set-env', { name: 'MODE', value: 'fast' }, envOf, [{ name: 'MODE', value: 'fast' }]),
  {
    ...onCheckout(
      'set-env',
      { name: 'LEVEL', configMap: { name: 'settings', key: 'level' } },
      (object) => (envOf(object) as object[])[1],
      {
        name: 'LEVEL',
        valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } },
      },
    ),
    seed: (_, rest) =>
      rest('POST', '/api/v1/namespaces/shop/configmaps', { metadata: { name: 'settings' }, data: { level: 'info' } }),
  },
  onCheckout('pause-rollout', {}, (object) => of(object, 'spec', 'paused'), true),
  onCheckout('resume-rollout', {}, (object) => of(object, 'spec', 'paused'), undefined),
  {
    id: 'suspend-cronjob',
    target: ref('batch/v1', 'CronJob', 'nightly', 'shop'),
    seed: (_, rest) =>
      rest('POST', '/apis/batch/v1/namespaces/shop/cronjobs', {
        metadata: { name: 'nightly' },
        spec: { schedule: '0 3 * * *', jobTemplate: { spec: jobSpec(image) } },
      }),
    holds: (object) => of(object, 'spec', 'suspend'),
    is: true,
  },
  {
    id: 'resume-cronjob',
    target: ref('batch/v1', 'CronJob', 'nightly', 'shop'),
    holds: (object) => of(object, 'spec', 'suspend'),
    is: false,
  },
  {
    id: 'suspend-job',
    target: ref('batch/v1', 'Job', 'migrate', 'shop'),
    seed: (_, rest) =>
      rest('POST', '/apis/batch/v1/namespaces/shop/jobs', { metadata: { name: 'migrate' }, spec: jobSpec(image) }),
    holds: (object) => of(object, 'status', 'active') ?? 0,
    is: 0,
  },
  {
    id: 'resume-job',
    target: ref('batch/v1', 'Job', 'migrate', 'shop'),
    holds: (object) => of(object, 'spec', 'suspend'),
    is: false,
  },
  {
    id: 'expand-volume',
    target: ref('v1', 'PersistentVolumeClaim', 'data', 'shop'),
    input: { size: '15Gi' },
    seed: seedClaim,
    play: resize,
    holds: (object) => of(object, 'status', 'capacity', 'storage'),
    is: '15Gi',
  },
  {
    id: 'set-autoscaler-bounds',
    target: ref('autoscaling/v2', 'HorizontalPodAutoscaler', 'search', 'shop'),
    input: { min: 3 },
    seed: async (_, rest) => {
      await rest('POST', '/apis/apps/v1/namespaces/shop/deployments', deployment('search', image))
      await rest('POST', '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers', {
        metadata: { name: 'search' },
        spec: {
          minReplicas: 1,
          maxReplicas: 4,
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'search' },
        },
      })
    },
    holds: (object) => of(object, 'spec', 'minReplicas'),
    is: 3,
  },
  {
    id: 'set-selector',
    target: ref('v1', 'Service', 'checkout', 'shop'),
    input: { selector: { app: 'checkout' } },
    seed: (_, rest) =>
      rest('POST', '/api/v1/namespaces/shop/services', {
        metadata: { name: 'checkout' },
        spec: { selector: { app: 'chekout' }, ports: [{ port: 80 }] },
      }),
    holds: (object) => of(object, 'spec', 'selector'),
    is: { app: 'checkout' },
  },
  {
    id: 'evict-pod',
    target: ref('v1', 'Pod', 'cache-0', 'shop'),
    seed: async (_, rest) => {
      await rest('POST', '/apis/apps/v1/namespaces/shop/statefulsets', {
        ...deployment('cache', image),
        kind: 'StatefulSet',
        spec: { ...deployment('cache', image).spec, serviceName: 'cache', replicas: 1 },
      })
    },
    look: ref('apps/v1', 'StatefulSet', 'cache', 'shop'),
    holds: (object) => of(object, 'spec', 'replicas'),
    is: 1,
  },
  {
    id: 'cordon-node',
    target: ref('v1', 'Node', 'node-1'),
    holds: (object) => of(object, 'spec', 'unschedulable'),
    is: true,
  },
  {
    id: 'uncordon-node',
    target: ref('v1', 'Node', 'node-1'),
    holds: (object) => of(object, 'spec', 'unschedulable'),
    is: undefined,
  },
  {
    id: 'refresh-application',
    target: ref('argoproj.io/v1alpha1', 'Application', 'shop', 'argocd'),
    seed: seedApplication,
    play: argo,
    holds: (object) => of(object, 'metadata', 'annotations', 'argocd.argoproj.io/refresh'),
    is: undefined,
  },
  {
    id: 'sync-application',
    target: ref('argoproj.io/v1alpha1', 'Application', 'shop', 'argocd'),
    play: argo,
    holds: (object) => of(object, 'status', 'sync', 'status'),
    is: 'Synced',
  },
  {
    id: 'sync-application',
    target: ref('argoproj.io/v1alpha1', 'Application', 'shop', 'argocd'),
    input: { revision: commit('b') },
    play: argo,
    holds: (object) => of(object, 'status', 'operationState', 'operation', 'sync', 'revision'),
    is: commit('b'),
  },
  {
    id: 'renew-certificate',
    target: ref('cert-manager.io/v1', 'Certificate', 'web', 'shop'),
    seed: seedCertificate,
    play: issue,
    holds: (object) => of(object, 'status', 'revision'),
    is: 2,
  },
  {
    id: 'approve-csr',
    target: ref('certificates.k8s.io/v1', 'CertificateSigningRequest', 'csr-node-1'),
    seed: seedRequest('csr-node-1'),
    holds: (object) => typeof of(object, 'status', 'certificate'),
    is: 'string',
  },
]
