import { createHash } from 'node:crypto'
import type { ObjectStore } from '../store/object-store.ts'
import { type Fields, fieldsAt, type KubeObject, listAt } from '../types.ts'
import { gitOwned } from './objects.ts'

/** Where the Git-owned objects come from. */
export const gitSource = {
  repoURL: 'https://github.com/acme/deploy',
  path: 'platform',
  targetRevision: 'main',
} as const

/** A commit id for a message: always the same. */
export const commitOf = (message: string): string => createHash('sha1').update(message).digest('hex')

const actor = { user: 'system:serviceaccount:argocd:argocd-application-controller', manager: 'argocd-controller' }

/** What Argo CD does when Git changes: applies the objects and writes the Application's record of it. */
export function syncFromGit(
  store: ObjectStore,
  message: string,
  author: string,
  at: string,
  objects: readonly Fields[] = gitOwned,
): void {
  const revision = commitOf(message)
  for (const object of objects) store.apply(object, actor)
  const live = store.get('applications.argoproj.io', 'argocd', 'platform-apps')
  const held = listAt(fieldsAt(live, 'status'), 'history') as Fields[]
  const history = [
    ...held,
    {
      id: held.length,
      revision,
      deployedAt: at,
      deployStartedAt: at,
      source: gitSource,
      initiatedBy: { automated: true },
    },
  ].slice(-10)
  store.apply(
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'platform-apps', namespace: 'argocd', finalizers: ['resources-finalizer.argocd.argoproj.io'] },
      spec: {
        project: 'default',
        source: gitSource,
        destination: { server: 'https://kubernetes.default.svc', namespace: 'platform' },
        syncPolicy: { automated: { prune: true, selfHeal: true } },
      },
      status: {
        sync: {
          status: 'Synced',
          revision,
          comparedTo: {
            source: gitSource,
            destination: { server: 'https://kubernetes.default.svc', namespace: 'platform' },
          },
        },
        health: { status: 'Healthy', lastTransitionTime: at },
        history,
        operationState: {
          operation: { sync: { revision }, initiatedBy: { automated: true } },
          phase: 'Succeeded',
          message: 'successfully synced (all tasks run)',
          startedAt: at,
          finishedAt: at,
          syncResult: { revision, source: gitSource, resources: gitOwned.map(resultOf) },
        },
        resources: gitOwned.map((object) => ({
          ...reference(object),
          status: 'Synced',
          ...(object['kind'] === 'Deployment' ? { health: { status: 'Healthy' } } : {}),
        })),
        reconciledAt: at,
        sourceType: 'Kustomize',
        summary: { images: gitOwned.flatMap(imagesOf) },
        conditions: [],
      },
      info: [{ name: 'commit', value: `${revision.slice(0, 7)} ${message} (${author})` }],
    },
    actor,
  )
}

function reference(object: Fields): Fields {
  const [group, version] = String(object['apiVersion']).includes('/')
    ? String(object['apiVersion']).split('/')
    : ['', String(object['apiVersion'])]
  const { name, namespace } = object['metadata'] as KubeObject['metadata']
  return { ...(group === '' ? {} : { group }), version, kind: object['kind'], namespace, name }
}

const resultOf = (object: Fields): Fields => ({
  ...reference(object),
  group: reference(object)['group'] ?? '',
  status: 'Synced',
  hookPhase: 'Running',
  syncPhase: 'Sync',
  message: `${String(object['kind']).toLowerCase()} configured`,
})

function imagesOf(object: Fields): string[] {
  const containers = listAt(fieldsAt(fieldsAt(fieldsAt(object, 'spec'), 'template'), 'spec'), 'containers') as {
    image?: string
  }[]
  return containers.flatMap((container) => container.image ?? [])
}
