import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { type CauseCode, causeCodes } from '../domain/cause.ts'
import type { Analyzer } from './analyzer.ts'

/** Files of this folder that are no checks. */
const others = new Set(['analyzer', 'load'])

/**
 * Every analyzer of this folder, sorted by id: a new check is one new file. Throws, naming the file, where one exports no
 * `analyzer`, its id is not its file's name, or it names a code that is not in the vocabulary.
 */
export const loadAnalyzers = async (): Promise<readonly Analyzer[]> => {
  const folder = new URL('.', import.meta.url)
  const files = (await readdir(folder)).filter((name) => /^[a-z0-9-]+\.(?:ts|js)$/.test(name)).sort()
  const ids = files.map((file) => [file, basename(file, file.slice(file.lastIndexOf('.')))] as const)
  const checks = ids.filter(([, id]) => !others.has(id))
  return Promise.all(checks.map(([file, id]) => loadOne(new URL(file, folder), file, id)))
}

const loadOne = async (url: URL, file: string, id: string): Promise<Analyzer> => {
  const module = (await import(url.href)) as { readonly analyzer?: Analyzer }
  const { analyzer } = module
  if (analyzer === undefined || typeof analyzer.analyze !== 'function') throw new Error(`${file} exports no analyzer`)
  if (analyzer.id !== id) throw new Error(`${file} exports an analyzer with the id ${analyzer.id}`)
  const unknown = analyzer.codes.filter((code: CauseCode) => !causeCodes.includes(code))
  if (unknown.length > 0) throw new Error(`${file} names codes that are not in the vocabulary: ${unknown.join(', ')}`)
  return analyzer
}
