import type { DraftContext, Related } from '../../src/actions/action.ts'
import { loadActions } from '../../src/actions/load.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'

export const actions = await loadActions()

const none: Related = {
  pods: [],
  replicaSets: [],
  controllerRevisions: [],
  autoscalers: [],
  disruptionBudgets: [],
  services: [],
  unread: [],
}

export const template = (image = 'acme/web:2', more: object = {}) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image, ...more }] },
})

export const deployment = (spec: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '10', generation: 3, ...metadata },
  spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: template(), ...spec },
})

export const cronJob = (spec: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'nightly', namespace: 'shop', uid: 'c1', resourceVersion: '4', generation: 1, ...metadata },
  spec: { schedule: '0 3 * * *', ...spec },
})

export const job = (spec: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'nightly-1', namespace: 'shop', uid: 'j1', resourceVersion: '4', generation: 1, ...metadata },
  spec: { parallelism: 1, ...spec },
})

export const application = (spec: object = {}, status: object = {}, more: object = {}): KubeObject =>
  ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop', namespace: 'argocd', uid: 'a1', resourceVersion: '9', generation: 40 },
    spec: { source: { repoURL: 'https://github.com/acme/deploy', targetRevision: 'main' }, ...spec },
    status: {
      sync: { status: 'OutOfSync', revision: 'c'.repeat(40) },
      health: { status: 'Healthy' },
      reconciledAt: '2026-11-20T09:58:00Z',
      history: [
        { id: 0, revision: 'a'.repeat(40), source: { repoURL: 'https://github.com/acme/deploy', path: 'shop' } },
        { id: 1, revision: 'b'.repeat(40), source: { repoURL: 'https://github.com/acme/deploy', path: 'shop' } },
      ],
      operationState: { phase: 'Succeeded', startedAt: '2026-11-20T08:00:00Z' },
      resources: [
        { kind: 'Deployment', name: 'web', status: 'OutOfSync' },
        { kind: 'ConfigMap', name: 'web', status: 'Synced' },
      ],
      ...status,
    },
    ...more,
  }) as KubeObject

export const node = (spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'worker-1', uid: 'n1', resourceVersion: '5' },
  spec,
})

export const pod = (metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-1',
    namespace: 'shop',
    uid: 'p1',
    resourceVersion: '7',
    labels: { app: 'web' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-a', uid: 'r1', controller: true }],
    ...metadata,
  },
})

export const replicaSet = (revision: number, image: string, owner = 'u1'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name: `web-${revision}`,
    namespace: 'shop',
    uid: `r${revision}`,
    annotations: { 'deployment.kubernetes.io/revision': String(revision) },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: owner, controller: true }],
  },
  spec: {
    template: { ...template(image), metadata: { labels: { app: 'web', 'pod-template-hash': `h${revision}` } } },
  },
})

export const context = (target: KubeObject, related: Partial<Related> = {}): DraftContext => ({
  target,
  related: { ...none, ...related },
  mark: 'abcdef012345',
  at: '2026-11-20T10:00:00.000Z',
})

/** Drafts with an action of the catalogue. */
export const draft = (id: string, target: KubeObject, input: unknown = {}, related: Partial<Related> = {}) => {
  const action = actions.get(id)
  if (action === undefined) throw new Error(`there is no action ${id}`)
  return action.draft(context(target, related), input)
}

type Drafted = Exclude<ReturnType<typeof draft>, { kind: 'refused' }>

/** The draft, or a failed test that says why there is none. */
export const drafted = (...parameters: Parameters<typeof draft>): Drafted => {
  const made = draft(...parameters)
  if ('kind' in made) throw new Error(`refused: ${made.code}: ${made.reason}`)
  return made
}

type Op = { readonly op: string; readonly path: string; readonly value?: unknown }

/** The JSON Patch of a draft. */
export const patchOf = (made: Drafted): readonly Op[] => {
  if (made.change.kind !== 'cluster-write') throw new Error('not a write to a cluster')
  return JSON.parse(made.change.request.body) as readonly Op[]
}
