import { type Refusal, refused } from '../../domain/refusal.ts'
import type { ChartRenderer } from '../../ports.ts'
import type { GitSource } from '../git-source.ts'
import { renderDirectory } from './directory.ts'
import type { Checkouts } from './files.ts'
import { renderChart } from './helm.ts'
import { kustomizationPath, renderKustomize } from './kustomize.ts'
import { type Manifest, metaOf } from './manifest.ts'

/** A folder of a commit that can be rendered as often as edits are tried. */
export type Rendering = {
  readonly kind: 'directory' | 'kustomize' | 'helm'
  /** The objects with some files replaced; a sentence for people where that cannot be said for sure. */
  render(edited?: ReadonlyMap<string, string>): Promise<readonly Manifest[] | Refusal>
}

/** How a source is rendered, by what lies in its folder: a chart, a kustomization, or plain files. */
export const openRendering = (
  checkouts: Checkouts,
  source: GitSource,
  charts: ChartRenderer | undefined,
): Rendering | Refusal => {
  const { path, options = {} } = source
  const { own } = checkouts
  if (own.paths.has(path === '' ? 'Chart.yaml' : `${path}/Chart.yaml`)) {
    if (charts === undefined)
      return refused(
        'git-no-helm',
        `${own.repository}/${path} is a Helm chart, and there is no helm here to prove an edit with: set DOCTOR_HELM, or change its values in Git yourselves.`,
      )
    return { kind: 'helm', render: (edited) => renderChart(charts, checkouts, source, edited) }
  }
  if (kustomizationPath(own, path) !== undefined)
    return {
      kind: 'kustomize',
      render: (edited) => own.run((files) => renderKustomize(files, path, options.kustomize), edited),
    }
  const directory = options.directory ?? { recurse: source.tool === 'flux' }
  return { kind: 'directory', render: (edited) => own.run((files) => renderDirectory(files, path, directory), edited) }
}

/** The one object of a rendering that is live under this kind, name and namespace; undefined where there is none or two. */
export const findRendered = (
  all: readonly Manifest[],
  live: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly namespace?: string },
): Manifest | undefined => {
  const group = (version: unknown) => (String(version).includes('/') ? String(version).split('/')[0] : '')
  const found = all.filter((object) => {
    const { name, namespace } = metaOf(object)
    return (
      object['kind'] === live.kind &&
      group(object['apiVersion']) === group(live.apiVersion) &&
      name === live.name &&
      (namespace === undefined || namespace === live.namespace)
    )
  })
  return found.length === 1 ? found[0] : undefined
}
