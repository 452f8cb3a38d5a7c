import type { Files } from './files.ts'
import { type Manifest, manifestsOf } from './manifest.ts'

/** Which files of a plain folder count: those of its sub-folders too, and by glob. */
export type DirectoryOptions = { readonly recurse: boolean; readonly include?: string; readonly exclude?: string }

/** The objects of a folder of plain YAML, as Argo CD's directory sources and Flux read it. */
export const renderDirectory = (files: Files, folder: string, options: DirectoryOptions): readonly Manifest[] =>
  [...files.paths]
    .filter((path) => inFolder(path, folder, options))
    .sort()
    .flatMap((path) => manifestsOf(files.text(path), path))
    .filter((object) => object['kind'] !== undefined && object['apiVersion'] !== undefined)

const inFolder = (path: string, folder: string, { recurse, include, exclude }: DirectoryOptions): boolean => {
  const prefix = folder === '' ? '' : `${folder}/`
  if (!path.startsWith(prefix) || !/\.(?:ya?ml|json)$/i.test(path)) return false
  const rest = path.slice(prefix.length)
  if (!recurse && rest.includes('/')) return false
  if (include !== undefined && include !== '' && !glob(include).test(rest)) return false
  return exclude === undefined || exclude === '' || !glob(exclude).test(rest)
}

/** `*`, `?` and `{a,b}` of a glob; a star goes over folders, as in Argo CD's matcher. */
const glob = (text: string): RegExp => {
  const source = text
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replace(/\{([^{}]*)\}/g, (_, inner: string) => `(?:${inner.replaceAll(',', '|')})`)
  return new RegExp(`^${source.replace(/[{}]/g, '\\$&')}$`)
}
