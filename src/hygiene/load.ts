import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Check } from './check.ts'

/** Files of this folder that are no checks. */
const others = new Set(['check', 'load', 'inspect', 'score'])

/**
 * Every check of this folder, sorted by id: a new check is one new file. Throws, naming the file, where one exports no `check`
 * or its id is not its file's name.
 */
export const loadChecks = async (): Promise<readonly Check[]> => {
  const folder = new URL('.', import.meta.url)
  const files = (await readdir(folder)).filter((name) => /^[a-z0-9-]+\.(?:ts|js)$/.test(name)).sort()
  const ids = files.map((file) => [file, basename(file, file.slice(file.lastIndexOf('.')))] as const)
  return Promise.all(ids.filter(([, id]) => !others.has(id)).map(([file, id]) => loadOne(new URL(file, folder), id)))
}

const loadOne = async (url: URL, id: string): Promise<Check> => {
  const { check } = (await import(url.href)) as { readonly check?: Check }
  if (check === undefined || typeof check.look !== 'function') throw new Error(`${id} exports no check`)
  if (check.id !== id) throw new Error(`${id} exports a check with the id ${check.id}`)
  return check
}
