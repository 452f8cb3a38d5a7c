import { join } from 'node:path'
import { loadActions } from '../actions/load.ts'
import { type LoadedRunbooks, loadRunbooks } from '../runbooks/load.ts'

/** The folder of the shipped runbooks: beside `src` in the repository, beside `dist` in the image. */
export const shippedRunbooks = join(import.meta.dirname, '..', '..', 'runbooks')

/** The catalogue of actions and the runbooks of a folder, as the app loads them. */
export const loadCatalogue = async (
  folder = shippedRunbooks,
): Promise<LoadedRunbooks & { readonly actions: Awaited<ReturnType<typeof loadActions>> }> => {
  const actions = await loadActions()
  return { actions, ...loadRunbooks(folder, actions) }
}
