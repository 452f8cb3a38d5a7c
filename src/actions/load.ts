import { readdir } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Action, kindOf } from './action.ts'

/**
 * The catalogue: one action per file of a folder, id = file name. Throws, naming the file, where a file exports no action or
 * one of another id: a catalogue with a hole is not started with.
 */
export const loadActions = async (folder: string = import.meta.dirname): Promise<ReadonlyMap<string, Action>> => {
  const files = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && /(?<!\.d)\.[jt]s$/.test(entry.name))
    .map((entry) => entry.name)
    .filter((name) => !['action', 'load'].includes(basename(name, extname(name))))
    .sort()
  const actions = await Promise.all(files.map((file) => loadOne(folder, file)))
  return new Map(actions.map((action) => [action.id, action]))
}

const loadOne = async (folder: string, file: string): Promise<Action> => {
  const module: { readonly action?: Partial<Action> } = await import(pathToFileURL(join(folder, file)).href)
  const { action } = module
  const id = basename(file, extname(file))
  if (action?.id !== id || typeof action.draft !== 'function' || action.kinds === undefined)
    throw new Error(`actions/${file} must export an action with the id ${id}`)
  return action as Action
}

/** The actions that apply to a kind of object. */
export const actionsFor = (
  actions: ReadonlyMap<string, Action>,
  object: { readonly apiVersion: string; readonly kind: string },
): readonly Action[] => [...actions.values()].filter((action) => action.kinds.includes(kindOf(object)))
