import { isRefusal } from '../domain/refusal.ts'
import { canonicalText, isMap } from './field-path.ts'
import type { GitSource } from './git-source.ts'
import type { Checkout, Files } from './render/files.ts'
import { renderKustomize } from './render/kustomize.ts'
import { documentsOf } from './render/manifest.ts'

/** Other kustomizations of a repository are looked at up to this many. */
const most = 60

/**
 * The other overlays of the repository that an edit would change as well, by their folders; undefined where there are none. A
 * file in the source's own folder is its own. Overlays that cannot be rendered count as changed when they name the file's folder.
 */
export const sharedWith = async (
  {
    checkout,
    source,
    used,
  }: { readonly checkout: Checkout; readonly source: GitSource; readonly used: ReadonlySet<string> },
  path: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Promise<readonly string[] | undefined> => {
  const own = source.path === '' ? '' : `${source.path}/`
  if (path.startsWith(own)) return undefined
  const roots = [...checkout.paths]
    .filter((one) => /(?:^|\/)kustomization\.ya?ml$/.test(one) && !used.has(one))
    .map((one) => one.slice(0, one.lastIndexOf('/') + 1).replace(/\/$/, ''))
  if (roots.length > most) return [`${roots.length} other kustomizations, too many to look at`]
  const hit: string[] = []
  for (const root of roots) {
    const rendered = (edited: ReadonlyMap<string, string>) =>
      checkout.run((files) => canonicalText(renderKustomize(files, root)), edited)
    const [old, now] = [await rendered(before), await rendered(after)]
    const unknown = isRefusal(old) || isRefusal(now)
    if (unknown ? await names(checkout, root) : old !== now) hit.push(root)
  }
  return hit.length === 0 ? undefined : hit
}

/** Whether a kustomization names any folder or file at all outside of its own: then it may use anything. */
const names = async (checkout: Checkout, root: string): Promise<boolean> => {
  const found = await checkout.run((files: Files) => {
    const path = [...files.paths].find((one) => one.startsWith(root === '' ? 'kust' : `${root}/kust`))
    const [spec] = path === undefined ? [] : documentsOf(files.text(path), path)
    return isMap(spec) && JSON.stringify([spec['resources'], spec['bases'], spec['components']]).includes('..')
  })
  return isRefusal(found) || found
}
