import type { Delivery } from '../domain/delivered-by.ts'
import { isBranch, isRepository } from '../domain/repository-path.ts'
import type { DirectoryOptions } from './render/directory.ts'

/** Where an object is written: a folder of a repository, and how its owner renders it. `revision` absent: the default branch. */
export type GitSource = {
  readonly repository: string
  readonly path: string
  readonly revision?: string
  readonly tool: Delivery['tool']
  /** The release name and namespace that charts are rendered with. */
  readonly release: string
  readonly namespace: string
  readonly options?: SourceOptions
  /** Other sources of the same owner that only hold values, by the name that value files call them by. */
  readonly refs?: Readonly<Record<string, { readonly repository: string; readonly revision?: string }>>
}

/** What the owner itself adds to the folder. */
export type SourceOptions = {
  readonly directory?: DirectoryOptions
  /** An overlay on top, in the words of a kustomization. */
  readonly kustomize?: Readonly<Record<string, unknown>>
  /** As `spec.source.helm` of an Application. */
  readonly helm?: unknown
}

/** A text that says something; undefined for anything else. */
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** A path of a source as the repository's listing has it: no dot, no slash at its ends. */
export const folderOf = (path: string): string =>
  path === '.' || path === './' ? '' : path.replace(/^\.\//, '').replace(/\/+$/, '')

/** The revision of a source where it is a branch: pull requests need one. */
export const revisionOf = (revision: string | undefined): { readonly revision?: string } =>
  revision === undefined || revision === 'HEAD' || !isBranch(revision) ? {} : { revision }

/** `owner/name` of an https, ssh or scp-like address; undefined for others. */
export const repositoryOf = (url: string | undefined): string | undefined => {
  const match =
    /^(?:https?:\/\/(?:[^@/]+@)?[^/]+\/|ssh:\/\/(?:[^@/]+@)?[^/]+\/|[^@/\s]+@[^:/\s]+:)([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(
      url ?? '',
    )
  const repository = match?.[1]
  return repository !== undefined && isRepository(repository) ? repository : undefined
}
