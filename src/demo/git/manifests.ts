import { isMap, isScalar, isSeq, parseDocument, stringify } from 'yaml'
import type { Fields } from '../cluster/types.ts'
import { gitOwned } from '../cluster/world/objects.ts'

/** The folder of the repository that the Application deploys. */
export const folder = 'platform'

/** The files of the GitOps repository: the Git-owned objects as their team writes them, with comments. */
export const manifestFiles = (): ReadonlyMap<string, string> => {
  const names = gitOwned.map((object) => [pathOf(object), commented(object)] as const)
  return new Map([
    ['README.md', '# deploy\n\nWhat runs on prod-eu1. Argo CD applies `main`; changes come by pull request.\n'],
    ...names,
  ])
}

/** Where an object stands in the repository. */
export const pathOf = (object: Fields): string => {
  const { name } = object['metadata'] as { readonly name: string }
  return `${folder}/${name}.yaml`
}

const commented = (object: Fields): string => {
  const { name } = object['metadata'] as { readonly name: string }
  const document = parseDocument(stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
  document.commentBefore = ` ${name}: owned by @acme/platform. Argo CD undoes live changes.`
  const containers = document.getIn(['spec', 'template', 'spec', 'containers'])
  const first: unknown = isSeq(containers) ? containers.items[0] : undefined
  const image = isMap(first) ? first.get('image', true) : undefined
  if (isScalar(image)) image.comment = ' released by the pipeline of the app'
  const replicas = document.getIn(['spec', 'replicas'], true)
  if (isScalar(replicas)) replicas.comment = ' one for each zone that serves traffic'
  return document.toString({ lineWidth: 0 })
}
