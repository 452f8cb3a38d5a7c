import type { Draft } from '../../src/actions/action.ts'
import type { Delivery } from '../../src/domain/delivered-by.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { createGitOps } from '../../src/gitops/git-ops.ts'
import type { ChartRenderer, ClusterReader, GitHost } from '../../src/ports.ts'

/** A Git host of files by repository, and a cluster of objects by kind and name. */
export const world = (
  repositories: Readonly<Record<string, Readonly<Record<string, string>>>>,
  objects: readonly KubeObject[],
  charts?: ChartRenderer,
) => {
  const git = {
    defaultBranch: async () => ({ kind: 'ok', value: 'main' }),
    headOf: async (repository: string) =>
      repository in repositories ? { kind: 'ok', value: 'a'.repeat(40) } : { kind: 'absent' },
    listFiles: async (repository: string) => ({ kind: 'ok', value: Object.keys(repositories[repository] ?? {}) }),
    readFile: async (repository: string, path: string) => {
      const text = repositories[repository]?.[path]
      return text === undefined ? { kind: 'absent' } : { kind: 'ok', value: { text, sha: '' } }
    },
  } as unknown as GitHost
  const reader = {
    get: async ({ kind, name }: { kind: string; name: string }) => {
      const value = objects.find((object) => object.kind === kind && object.metadata.name === name)
      return value === undefined ? { kind: 'absent' } : { kind: 'ok', value }
    },
  } as unknown as ClusterReader
  return createGitOps(git, new Map([['prod', reader]]), charts)
}

export const object = (
  apiVersion: string,
  kind: string,
  name: string,
  spec: object,
  metadata: object = {},
): KubeObject =>
  ({ apiVersion, kind, metadata: { name, namespace: 'payments', ...metadata }, spec }) as unknown as KubeObject

/** A wish to set replicas of `checkout` from 2 (or `before`) to 5. */
export const wishFor = (owner: Delivery, before = 2) => {
  const target = object('apps/v1', 'Deployment', 'checkout', { replicas: before })
  const body = JSON.stringify([{ op: 'replace', path: '/spec/replicas', value: 5 }])
  const draft = {
    change: {
      kind: 'cluster-write',
      request: { method: 'PATCH', path: '/x', query: [], contentType: 'application/json-patch+json', body },
    },
    risk: 'low',
    blast: { pods: 0, workloads: 1, services: 0, objects: [], notes: [] },
    success: {
      kind: 'rollout-complete',
      target: { ...target.metadata, apiVersion: 'apps/v1', kind: 'Deployment' },
      within: 60,
      steady: 5,
    },
    undo: { kind: 'none', reason: '' },
    summary: 'Scale checkout to 5',
  } as unknown as Draft
  return {
    cluster: 'prod',
    target,
    owner,
    action: 'scale-workload',
    input: {},
    draft,
    reason: { summary: 'why', evidence: [] },
  }
}
