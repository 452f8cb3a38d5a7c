import { at } from '../domain/at.ts'
import { type Delivery, deliveryText } from '../domain/delivered-by.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { type Refusal, refused } from '../domain/refusal.ts'
import { isBranch, isRepository } from '../domain/repository-path.ts'
import type { ClusterReader } from '../ports.ts'
import { isMap } from './field-path.ts'
import type { DirectoryOptions } from './render/directory.ts'

/** Where an object is written: a folder of a repository, and how its owner renders it. `revision` absent: the default branch. */
export type GitSource = {
  readonly repository: string
  readonly path: string
  readonly revision?: string
  readonly tool: Delivery['tool']
  /** The release name and namespace that charts are rendered with. */
  readonly release: string
  readonly namespace: string
  readonly options?: SourceOptions
  /** Other sources of the same owner that only hold values, by the name that value files call them by. */
  readonly refs?: Readonly<Record<string, { readonly repository: string; readonly revision?: string }>>
}

/** What the owner itself adds to the folder. */
export type SourceOptions = {
  readonly directory?: DirectoryOptions
  /** An overlay on top, in the words of a kustomization. */
  readonly kustomize?: Readonly<Record<string, unknown>>
  /** As `spec.source.helm` of an Application. */
  readonly helm?: unknown
}

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
  const refs = Object.fromEntries(all.flatMap(refOf))
  const found = all.flatMap((source): readonly GitSource[] => {
    const repository = repositoryOf(text(at(source, 'repoURL')))
    const path = text(at(source, 'path'))
    if (repository === undefined || path === undefined) return []
    return [
      {
        repository,
        path: folderOf(path),
        ...revisionOf(text(at(source, 'targetRevision'))),
        tool: 'argocd',
        release: owner.name,
        namespace: text(at(application, 'spec', 'destination', 'namespace')) ?? 'default',
        options: argoOptions(source),
        ...(Object.keys(refs).length === 0 ? {} : { refs }),
      },
    ]
  })
  if (found.length > 0) return found
  return all.some((source) => at(source, 'chart') !== undefined)
    ? refused(
        'git-helm',
        `${deliveryText(owner)} renders this from a chart of a chart repository, where no edit can be proved: change its values in Git yourselves.`,
      )
    : refused('git-source', `${deliveryText(owner)} has no source that is a folder of a GitHub repository.`)
}

const refOf = (source: unknown): readonly (readonly [string, { repository: string; revision?: string }])[] => {
  const [name, repository] = [text(at(source, 'ref')), repositoryOf(text(at(source, 'repoURL')))]
  if (name === undefined || repository === undefined) return []
  return [[name, { repository, ...revisionOf(text(at(source, 'targetRevision'))) }]]
}

const argoOptions = (source: unknown): SourceOptions => {
  const [directory, kustomize] = [at(source, 'directory'), at(source, 'kustomize')]
  const [include, exclude] = [text(at(directory, 'include')), text(at(directory, 'exclude'))]
  return {
    directory: {
      recurse: at(directory, 'recurse') === true,
      ...(include === undefined ? {} : { include }),
      ...(exclude === undefined ? {} : { exclude }),
    },
    ...(isMap(kustomize) ? { kustomize: argoKustomize(kustomize) } : {}),
    helm: at(source, 'helm'),
  }
}

/** Argo CD writes images as `name=newName:tag`; the versions of its programs change nothing that is rendered here. */
const argoKustomize = ({ images, version: _, kubeVersion: _k, apiVersions: _a, ...rest }: Record<string, unknown>) => ({
  ...rest,
  ...(Array.isArray(images) ? { images: images.map((image) => imageEntry(String(image))) } : {}),
})

const imageEntry = (image: string): Record<string, string> => {
  const [, name, newName, tag, digest] =
    /^(?:([^=]+)=)?([^@]+?)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image) ?? []
  return {
    name: name ?? newName ?? image,
    ...(newName === undefined ? {} : { newName }),
    ...(tag === undefined ? {} : { newTag: tag }),
    ...(digest === undefined ? {} : { digest }),
  }
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
  return [
    {
      repository,
      path: folderOf((text(at(kustomization, 'spec', 'path')) ?? '').replace(/^\.?\//, '')),
      ...revisionOf(text(at(read.value, 'spec', 'ref', 'branch'))),
      tool: 'flux',
      release: owner.name,
      namespace: text(at(kustomization, 'spec', 'targetNamespace')) ?? 'default',
      options: fluxOptions(kustomization),
    },
  ]
}

const fluxFields = ['images', 'patches', 'components', 'namePrefix', 'nameSuffix'] as const

const fluxOptions = (kustomization: KubeObject): SourceOptions => {
  const over = Object.fromEntries(
    fluxFields.flatMap((field) => {
      const value = at(kustomization, 'spec', field)
      return value === undefined ? [] : [[field, value] as const]
    }),
  )
  const namespace = text(at(kustomization, 'spec', 'targetNamespace'))
  const all = namespace === undefined ? over : { ...over, namespace }
  return Object.keys(all).length === 0 ? {} : { kustomize: all }
}

const folderOf = (path: string): string =>
  path === '.' || path === './' ? '' : path.replace(/^\.\//, '').replace(/\/+$/, '')

const revisionOf = (revision: string | undefined): { readonly revision?: string } =>
  revision === undefined || revision === 'HEAD' || !isBranch(revision) ? {} : { revision }

/** `owner/name` of an https, ssh or scp-like address; undefined for others. */
export const repositoryOf = (url: string | undefined): string | undefined => {
  const match =
    /^(?:https?:\/\/(?:[^@/]+@)?[^/]+\/|ssh:\/\/(?:[^@/]+@)?[^/]+\/|[^@/\s]+@[^:/\s]+:)([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(
      url ?? '',
    )
  const repository = match?.[1]
  return repository !== undefined && isRepository(repository) ? repository : undefined
}
