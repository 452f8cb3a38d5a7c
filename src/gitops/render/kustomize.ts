import { isMap } from '../field-path.ts'
import { type Files, isFolder, joinPath } from './files.ts'
import { type Built, type Kustomization, texts } from './kustomization.ts'
import { generated, hashNames } from './kustomize-generators.ts'
import { applyPatches } from './kustomize-patches.ts'
import { replaced } from './kustomize-replacements.ts'
import { transformed } from './kustomize-transformers.ts'
import { documentsOf, type Manifest, manifestsOf, Unrendered } from './manifest.ts'

/** What is understood. Anything else could change what is rendered, so it ends the rendering with its name. */
const understood = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'resources',
  'bases',
  'components',
  'namespace',
  'namePrefix',
  'nameSuffix',
  'labels',
  'commonLabels',
  'commonAnnotations',
  'images',
  'replicas',
  'patches',
  'patchesStrategicMerge',
  'patchesJson6902',
  'replacements',
  'configMapGenerator',
  'secretGenerator',
  'generatorOptions',
  'sortOptions',
  'buildMetadata',
])

const deepest = 20

/**
 * The objects of a kustomization folder, as `kustomize build` gives them: resources, bases, components, generators, patches
 * and the transformers in their order. Throws Unrendered at whatever is not understood; it never guesses.
 */
export const renderKustomize = (
  files: Files,
  folder: string,
  over?: Readonly<Record<string, unknown>>,
): readonly Manifest[] => {
  const built =
    over === undefined
      ? build(files, readKustomization(files, folder), [], 0)
      : build(files, { folder, spec: { ...over, resources: ['.'] } }, [], 0, true)
  return hashNames(built).map(({ object }) => object)
}

/** Where the kustomization of a folder is; undefined where it has none. */
export const kustomizationPath = (files: Pick<Files, 'paths'>, folder: string): string | undefined =>
  ['kustomization.yaml', 'kustomization.yml', 'Kustomization']
    .map((name) => (folder === '' ? name : `${folder}/${name}`))
    .find((path) => files.paths.has(path))

const readKustomization = (files: Files, folder: string): Kustomization => {
  const path = kustomizationPath(files, folder)
  if (path === undefined) throw new Unrendered(`${folder === '' ? 'the root' : folder} has no kustomization.yaml`)
  const [spec, ...more] = documentsOf(files.text(path), path)
  if (!isMap(spec) || more.length > 0) throw new Unrendered(`${path} is not one kustomization`)
  const strange = Object.keys(spec).find((key) => !understood.has(key))
  if (strange !== undefined) throw new Unrendered(`${path} uses ${strange}`)
  return { folder, spec }
}

const build = (
  files: Files,
  { folder, spec }: Kustomization,
  given: readonly Built[],
  depth: number,
  itself = false,
): readonly Built[] => {
  if (depth > deepest) throw new Unrendered(`${folder} is nested too deep`)
  const entries = [...texts(spec['resources'], 'resources'), ...texts(spec['bases'], 'bases')]
  let built: readonly Built[] = [
    ...given,
    ...entries.flatMap((entry) =>
      itself ? build(files, readKustomization(files, folder), [], depth + 1) : resource(files, folder, entry, depth),
    ),
  ]
  built = generated(files, { folder, spec }, built)
  for (const entry of texts(spec['components'], 'components'))
    built = [...build(files, readKustomization(files, localFolder(files, folder, entry)), built, depth + 1)]
  const patched = applyPatches(files, { folder, spec }, built)
  return replaced(files, { folder, spec }, transformed({ folder, spec }, patched))
}

const resource = (files: Files, folder: string, entry: string, depth: number): readonly Built[] => {
  if (isRemote(entry)) throw new Unrendered(`it comes from ${entry.slice(0, 200)}`)
  const path = joinPath(folder, entry)
  if (!files.paths.has(path))
    return build(files, readKustomization(files, localFolder(files, folder, entry)), [], depth + 1)
  return manifestsOf(files.text(path), path).map((object) => {
    const { name } = isMap(object['metadata']) ? object['metadata'] : {}
    return { object, hashed: false, original: String(name) }
  })
}

/** What kustomize would fetch from elsewhere: nothing of it is in the commit that is rendered, so nobody could prove an edit. */
const isRemote = (entry: string): boolean => /^(?:[a-z][a-z+]*:|git@|github\.com)|\?(?:ref|version)=/.test(entry)

const localFolder = (files: Files, folder: string, entry: string): string => {
  const path = joinPath(folder, entry)
  if (isRemote(entry) || (!isFolder(files, path) && /^[\w-]+(?:\.[\w-]+)+\/|\.git(?:\/|$)|\/\//.test(entry)))
    throw new Unrendered(`it comes from ${entry.slice(0, 200)}`)
  if (!isFolder(files, path)) throw new Unrendered(`${path} does not exist`)
  return path
}
