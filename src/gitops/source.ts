import { at } from '../domain/at.ts'
import { type Delivery, deliveryText } from '../domain/delivered-by.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { type Refusal, refused } from '../domain/refusal.ts'
import type { ClusterReader } from '../ports.ts'
import { isMap } from './field-path.ts'
import { helmReleaseSources, kustomizationSources } from './flux-source.ts'
import { folderOf, type GitSource, repositoryOf, revisionOf, type SourceOptions, text } from './git-source.ts'

/** Reads the Application, Kustomization or HelmRelease that delivers an object. */
export const readOwner = async (
  reader: ClusterReader,
  owner: Delivery,
  signal: AbortSignal,
): Promise<KubeObject | Refusal> => {
  const read = await reader.get(ownerRef(owner), signal)
  if (read.kind === 'ok') return read.value
  return refused(
    'git-source',
    `${deliveryText(owner)} could not be read, so it is not known where this is written${read.kind === 'unreadable' ? `: ${read.message}` : '.'}`,
  )
}

/** The sources of an owner: of an Argo CD Application (also several), a Flux Kustomization, or a HelmRelease of a chart in Git. */
export const sourcesOf = async (
  reader: ClusterReader,
  owner: Delivery,
  object: KubeObject,
  signal: AbortSignal,
): Promise<readonly GitSource[] | Refusal> => {
  if (owner.tool === 'argocd') return argoSources(object, owner)
  return owner.kind === 'HelmRelease'
    ? helmReleaseSources(reader, object, owner, signal)
    : kustomizationSources(reader, object, owner, signal)
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
