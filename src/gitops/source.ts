import { at } from '../domain/at.ts'
import { type Delivery, deliveryText } from '../domain/delivered-by.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { type Refusal, refused } from '../domain/refusal.ts'
import { isBranch, isRepository } from '../domain/repository-path.ts'
import type { ClusterReader } from '../ports.ts'

/** Where an object is written: a folder of a repository. `revision` absent: its default branch. */
export type GitSource = { readonly repository: string; readonly path: string; readonly revision?: string }

/** Finds the sources of an object's owner: an Argo CD Application (also with several sources) or a Flux Kustomization. */
export const sourcesOf = async (
  reader: ClusterReader,
  owner: Delivery,
  signal: AbortSignal,
): Promise<readonly GitSource[] | Refusal> => {
  const read = await reader.get(ownerRef(owner), signal)
  if (read.kind !== 'ok')
    return refused(
      'git-source',
      `${deliveryText(owner)} could not be read, so it is not known where this is written${read.kind === 'unreadable' ? `: ${read.message}` : '.'}`,
    )
  if (owner.tool === 'argocd') return argoSources(read.value, owner)
  if (owner.kind === 'HelmRelease')
    return refused('git-helm', `${deliveryText(owner)} renders this from a chart: change its values in Git.`)
  return fluxSources(reader, read.value, owner, signal)
}

/** The object that delivers: an Argo CD Application, a Flux Kustomization or HelmRelease. */
export const ownerRef = (owner: Delivery): ObjectRef => {
  if (owner.tool === 'argocd')
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      namespace: owner.namespace ?? 'argocd',
      name: owner.name,
    }
  const apiVersion = owner.kind === 'Kustomization' ? 'kustomize.toolkit.fluxcd.io/v1' : 'helm.toolkit.fluxcd.io/v2'
  return { apiVersion, kind: owner.kind, namespace: owner.namespace ?? 'flux-system', name: owner.name }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

const argoSources = (application: KubeObject, owner: Delivery): readonly GitSource[] | Refusal => {
  const many = at(application, 'spec', 'sources')
  const all: readonly unknown[] = Array.isArray(many) && many.length > 0 ? many : [at(application, 'spec', 'source')]
  const found = all.flatMap((source) => {
    const repository = repositoryOf(text(at(source, 'repoURL')))
    const path = text(at(source, 'path'))
    return repository === undefined || path === undefined
      ? []
      : [withRevision({ repository, path }, text(at(source, 'targetRevision')))]
  })
  return found.length > 0
    ? found
    : refused('git-source', `${deliveryText(owner)} has no source that is a folder of a GitHub repository.`)
}

const fluxSources = async (
  reader: ClusterReader,
  kustomization: KubeObject,
  owner: Delivery,
  signal: AbortSignal,
): Promise<readonly GitSource[] | Refusal> => {
  const name = text(at(kustomization, 'spec', 'sourceRef', 'name'))
  const namespace = text(at(kustomization, 'spec', 'sourceRef', 'namespace')) ?? owner.namespace ?? 'flux-system'
  if (at(kustomization, 'spec', 'sourceRef', 'kind') !== 'GitRepository' || name === undefined)
    return refused('git-source', `${deliveryText(owner)} does not come from a GitRepository.`)
  const read = await reader.get(
    { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', namespace, name },
    signal,
  )
  if (read.kind !== 'ok') return refused('git-source', `GitRepository ${namespace}/${name} could not be read.`)
  const repository = repositoryOf(text(at(read.value, 'spec', 'url')))
  if (repository === undefined)
    return refused('git-source', `GitRepository ${namespace}/${name} is not a repository of the Git host.`)
  const path = (text(at(kustomization, 'spec', 'path')) ?? '').replace(/^\.?\//, '')
  return [withRevision({ repository, path }, text(at(read.value, 'spec', 'ref', 'branch')))]
}

const withRevision = (
  source: { readonly repository: string; readonly path: string },
  revision: string | undefined,
): GitSource => {
  const path = source.path === '.' ? '' : source.path.replace(/\/+$/, '')
  return {
    ...source,
    path,
    ...(revision === undefined || revision === 'HEAD' || !isBranch(revision) ? {} : { revision }),
  }
}

/** `owner/name` of an https, ssh or scp-like address; undefined for others. */
export const repositoryOf = (url: string | undefined): string | undefined => {
  const match =
    /^(?:https?:\/\/(?:[^@/]+@)?[^/]+\/|ssh:\/\/(?:[^@/]+@)?[^/]+\/|[^@/\s]+@[^:/\s]+:)([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(
      url ?? '',
    )
  const repository = match?.[1]
  return repository !== undefined && isRepository(repository) ? repository : undefined
}
