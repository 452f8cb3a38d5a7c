import { type Dirent, promises as fs } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** One file of a snapshot: where it is, how it is called below the snapshot's root (with `/`), and its size in bytes. */
export type SnapshotFile = { readonly path: string; readonly name: string; readonly size: number }

/** Something about the input that could not be used, said for a person: file, line where known, what is wrong. */
export type Problem = {
  readonly file: string
  readonly line?: number
  readonly message: string
  /** A well-formed file that is simply no part of a snapshot: worth a word, but nothing is missing for it. */
  readonly foreign?: true
}

const mostFiles = 50_000
const deepest = 32
const mostBytes = 1024 ** 3

/**
 * The files of a snapshot, sorted by name. Symbolic links below the root are never followed, so that nothing outside the
 * folder is read. Throws only where the path itself cannot be read.
 */
export const walkFiles = async (
  path: string,
): Promise<{
  readonly single: boolean
  readonly files: readonly SnapshotFile[]
  readonly problems: readonly Problem[]
}> => {
  const root = await fs.realpath(path)
  const stat = await fs.stat(root)
  const problems: Problem[] = []
  if (!stat.isDirectory()) {
    const name = path.split(sep).at(-1) ?? path
    if (!stat.isFile()) return { single: true, files: [], problems: [{ file: name, message: 'is not a regular file' }] }
    return { single: true, files: [{ path: root, name, size: stat.size }], problems }
  }
  const files: SnapshotFile[] = []
  await walk(root, root, 0, files, problems)
  files.sort((a, b) => (a.name < b.name ? -1 : 1))
  return { single: false, files: bounded(files, problems), problems }
}

const walk = async (
  root: string,
  folder: string,
  depth: number,
  files: SnapshotFile[],
  problems: Problem[],
): Promise<void> => {
  const name = nameBelow(root, folder)
  if (depth > deepest) {
    problems.push({ file: name, message: `is nested more than ${deepest} folders deep` })
    return
  }
  let entries: Dirent[]
  try {
    entries = await fs.readdir(folder, { withFileTypes: true })
  } catch (error) {
    problems.push({ file: name, message: `cannot be listed: ${codeOf(error)}` })
    return
  }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await walk(root, path, depth + 1, files, problems)
    else if (entry.isFile() && files.length < mostFiles) {
      const stat = await fs.stat(path).catch(() => undefined)
      files.push({ path, name: nameBelow(root, path), size: stat?.size ?? 0 })
    }
  }
}

const nameBelow = (root: string, path: string): string => relative(root, path).split(sep).join('/') || '.'

const bounded = (files: readonly SnapshotFile[], problems: Problem[]): readonly SnapshotFile[] => {
  let total = 0
  const kept: SnapshotFile[] = []
  for (const file of files) {
    if (total + file.size > mostBytes) {
      problems.push({ file: file.name, message: 'left out: the snapshot is larger than 1 GiB' })
    } else {
      total += file.size
      kept.push(file)
    }
  }
  if (files.length >= mostFiles) problems.push({ file: '.', message: `has more than ${mostFiles} files` })
  return kept
}

/** The system's code for a failed file operation (`EACCES`), never its message, which holds machine paths. */
export const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unreadable'
