import type { Score } from './score.ts'

/** How many cases a code has of each kind that CAUSES.md asks for. */
export type Kinds = { readonly plain: number; readonly hidden: number; readonly lookAlike: number }

type Labelled = Pick<Score, 'case' | 'expected'>

/**
 * Counts the cases of each code by kind. The end of a case's id says its kind: `-hidden` where symptoms stand in front of
 * the cause; any other fault is plain. A look-alike of a code is any case, healthy or not, that must not name it.
 */
export const kindsByCode = (cases: readonly Labelled[], codes: readonly string[]): ReadonlyMap<string, Kinds> =>
  new Map(
    codes.map((code) => {
      const faults = cases.filter(({ expected }) => expected.codes[0] === code)
      const hidden = faults.filter(({ case: one }) => one.id.endsWith('-hidden')).length
      const lookAlike = cases.filter(({ expected }) => expected.mustNotCode.includes(code)).length
      return [code, { plain: faults.length - hidden, hidden, lookAlike }]
    }),
  )

/** What a code still lacks, in words. */
export const lacking = ({ plain, hidden, lookAlike }: Kinds): readonly string[] => [
  ...(plain === 0 ? ['plain'] : []),
  ...(hidden === 0 ? ['hidden'] : []),
  ...(lookAlike === 0 ? ['look-alike'] : []),
]
