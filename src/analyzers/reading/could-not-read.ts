import type { ClusterView } from '../../snapshot/view.ts'

/** Whether one of these sources was wanted and could not be read: what is not seen then may be there all the same. */
export const couldNotRead = (view: ClusterView, ...sources: readonly string[]): boolean =>
  view.coverage.unavailable.some(({ source, reason }) => sources.includes(source) && reason !== 'not-served')
