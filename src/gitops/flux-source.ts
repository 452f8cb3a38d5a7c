import { at, listAt } from '../domain/at.ts'
import { type Delivery, deliveryText } from '../domain/delivered-by.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import type { ClusterReader } from '../ports.ts'
import { folderOf, type GitSource, repositoryOf, revisionOf, type SourceOptions, text } from './git-source.ts'

/** The source of a Flux Kustomization: a folder of its GitRepository. */
export const kustomizationSources = async (
  reader: ClusterReader,
  kustomization: KubeObject,
  owner: Delivery,
  signal: AbortSignal,
): Promise<readonly GitSource[] | Refusal> => {
  const found = await gitRepository(reader, at(kustomization, 'spec', 'sourceRef'), owner, signal)
  if (isRefusal(found)) return found
  return [
    {
      ...found,
      path: folderOf((text(at(kustomization, 'spec', 'path')) ?? '').replace(/^\.?\//, '')),
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

/** The source of a HelmRelease whose chart is a folder of a GitRepository. Its own values come on top, as `valuesObject`. */
export const helmReleaseSources = async (
  reader: ClusterReader,
  release: KubeObject,
  owner: Delivery,
  signal: AbortSignal,
): Promise<readonly GitSource[] | Refusal> => {
  const spec = at(release, 'spec', 'chart', 'spec')
  if (at(spec, 'sourceRef', 'kind') !== 'GitRepository')
    return refused(
      'git-helm',
      `${deliveryText(owner)} renders this from a chart of a chart repository, where no edit can be proved: change its values in Git yourselves.`,
    )
  if (listAt(release, 'spec', 'valuesFrom').length > 0)
    return refused('git-helm', `${deliveryText(owner)} takes values from the cluster: a person has to change them.`)
  const found = await gitRepository(reader, at(spec, 'sourceRef'), owner, signal)
  if (isRefusal(found)) return found
  const target = text(at(release, 'spec', 'targetNamespace'))
  return [
    {
      ...found,
      path: folderOf((text(at(spec, 'chart')) ?? '').replace(/^\.?\//, '')),
      tool: 'flux',
      release:
        text(at(release, 'spec', 'releaseName')) ?? (target === undefined ? owner.name : `${target}-${owner.name}`),
      namespace: target ?? release.metadata.namespace ?? 'default',
      options: {
        helm: {
          // Flux names them from the root of the source; Argo CD would say it with a slash.
          valueFiles: listAt(spec, 'valuesFiles').map((path) => `/${String(path).replace(/^\.?\//, '')}`),
          valuesObject: at(release, 'spec', 'values'),
        },
      },
    },
  ]
}

const gitRepository = async (
  reader: ClusterReader,
  ref: unknown,
  owner: Delivery,
  signal: AbortSignal,
): Promise<Pick<GitSource, 'repository' | 'revision'> | Refusal> => {
  const name = text(at(ref, 'name'))
  const namespace = text(at(ref, 'namespace')) ?? owner.namespace ?? 'flux-system'
  if (at(ref, 'kind') !== 'GitRepository' || name === undefined)
    return refused('git-source', `${deliveryText(owner)} does not come from a GitRepository.`)
  const read = await reader.get(
    { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', namespace, name },
    signal,
  )
  if (read.kind !== 'ok') return refused('git-source', `GitRepository ${namespace}/${name} could not be read.`)
  const repository = repositoryOf(text(at(read.value, 'spec', 'url')))
  if (repository === undefined)
    return refused('git-source', `GitRepository ${namespace}/${name} is not a repository of the Git host.`)
  return { repository, ...revisionOf(text(at(read.value, 'spec', 'ref', 'branch'))) }
}
