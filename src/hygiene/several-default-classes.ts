import { refOf } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'

const marks = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

const compare = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0)

/** More than one default StorageClass: which one a claim gets depends on which was made last. */
export const check: Check = {
  id: 'several-default-classes',
  looksFor: 'more than one default StorageClass',
  reads: ['StorageClass'],
  look: (view) => {
    const defaults = view
      .all('StorageClass')
      .filter(({ metadata }) => marks.some((mark) => metadata.annotations?.[mark] === 'true'))
      .toSorted(
        (a, b) =>
          compare(b.metadata.creationTimestamp, a.metadata.creationTimestamp) ||
          compare(a.metadata.name, b.metadata.name),
      )
    const [newest, ...others] = defaults
    if (newest === undefined || others.length === 0) return []
    return others.map(
      (one): Said => ({
        severity: 'warn',
        object: refOf(one),
        summary: `is a default StorageClass beside ${newest.metadata.name}: claims without a class get the newest`,
        fix: `set ${marks[0]} to "false" on all but one`,
      }),
    )
  },
}
