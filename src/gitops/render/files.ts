import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { GitHost } from '../../ports.ts'
import { Unrendered } from './manifest.ts'

/** The files of one commit as a renderer sees them. `text` throws what makes the loader fetch a file that is not read yet. */
export type Files = {
  readonly paths: ReadonlySet<string>
  text(path: string): string
}

class NotRead extends Error {
  readonly path: string
  constructor(path: string) {
    super(`${path} is not read yet`)
    this.path = path
  }
}

/** A commit of a repository whose files are read when a renderer asks for them, each once. */
export type Checkout = {
  readonly repository: string
  readonly paths: ReadonlySet<string>
  /** What was read so far, as it is in the commit. */
  readonly read: ReadonlyMap<string, string>
  /** Runs pure work over the files, with some replaced, reading what it asks for until it ends. */
  run<T>(work: (files: Files) => T, edited?: ReadonlyMap<string, string>): Promise<T | Refusal>
  /** The bytes of a file that is no text, each read once. */
  bytes(path: string): Promise<Uint8Array | Refusal>
}

/** Reads of one wish: nobody's repository needs more to render one folder. */
const most = 300

/** Packed files of one wish, each of at most a megabyte. */
const mostPacked = 10

/** Opens a commit. `paths` is its listing; no file is read yet. */
export const openCheckout = (
  git: Pick<GitHost, 'readFile'> & Partial<Pick<GitHost, 'readBytes'>>,
  repository: string,
  sha: string,
  paths: readonly string[],
): Checkout => {
  const known = new Set(paths)
  const read = new Map<string, string>()
  const run = async <T>(
    work: (files: Files) => T,
    edited: ReadonlyMap<string, string> = new Map(),
  ): Promise<T | Refusal> => {
    for (;;) {
      try {
        return work({
          paths: known,
          text: (path) => {
            const text = edited.get(path) ?? read.get(path)
            if (text === undefined) throw known.has(path) ? new NotRead(path) : new Unrendered(`${path} does not exist`)
            return text
          },
        })
      } catch (error) {
        if (error instanceof Unrendered)
          return refused('git-unrendered', `${repository} cannot be rendered here: ${error.message}.`)
        if (!(error instanceof NotRead)) throw error
        const failed = await load(error.path)
        if (isRefusal(failed)) return failed
      }
    }
  }
  const load = async (path: string): Promise<undefined | Refusal> => {
    if (read.size >= most) return refused('git-large', `More than ${most} files of ${repository} decide this.`)
    const got = await git.readFile(repository, path, sha)
    if (got.kind !== 'ok')
      return refused(
        'git-unread',
        `${path} of ${repository} could not be read${got.kind === 'unreadable' ? `: ${got.message}` : ''}.`,
      )
    read.set(path, got.value.text)
    return undefined
  }
  const packed = new Map<string, Uint8Array>()
  const bytes = async (path: string): Promise<Uint8Array | Refusal> => {
    const there = packed.get(path)
    if (there !== undefined) return there
    if (packed.size >= mostPacked)
      return refused('git-large', `More than ${mostPacked} packed files of ${repository} decide this.`)
    const got = await git.readBytes?.(repository, path, sha)
    if (got?.kind !== 'ok')
      return refused(
        'git-unread',
        `${path} of ${repository} could not be read${got?.kind === 'unreadable' ? `: ${got.message}` : ''}.`,
      )
    packed.set(path, got.value)
    return got.value
  }
  return { repository, paths: known, read, run, bytes }
}

/** A path inside the repository, from a folder and a relative path; throws where it leads out. */
export const joinPath = (folder: string, relative: string): string => {
  const parts: string[] = folder === '' ? [] : folder.split('/')
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) throw new Unrendered(`${relative} leads out of the repository`)
  }
  return parts.join('/')
}

/** Whether a path is a folder of the commit. */
export const isFolder = (files: Files, path: string): boolean => {
  if (path === '') return true
  for (const one of files.paths) if (one.startsWith(`${path}/`)) return true
  return false
}

/** A checkout for each repository that a source names: its own, and those that only hold values. */
export type Checkouts = {
  readonly own: Checkout
  readonly refs: ReadonlyMap<string, Checkout>
  /** The one whose files are edited. */
  readonly edited: Checkout
}
