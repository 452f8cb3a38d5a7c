import type { Score } from './score.ts'

/** Answers of one confidence: how many, what they said on average, and which share was right. */
export type Bucket = {
  readonly name: string
  readonly count: number
  readonly said: number
  readonly right: number
}

const bounds = [
  ['below 0.50', 0, 0.5],
  ['0.50 – 0.69', 0.5, 0.7],
  ['0.70 – 0.79', 0.7, 0.8],
  ['0.80 – 0.89', 0.8, 0.9],
  ['0.90 – 0.94', 0.9, 0.95],
  ['0.95 – 1.00', 0.95, 1.01],
] as const

/** The first causes of faulty and of healthy cases, by confidence. Whatever is named where nothing is wrong counts as wrong. */
export const reliability = (scores: readonly Score[]): readonly Bucket[] => {
  const first = scores.flatMap(({ said }) => said.slice(0, 1))
  return bounds.map(([name, from, to]) => {
    const of = first.filter(({ confidence }) => confidence >= from && confidence < to)
    const mean = (value: (one: (typeof of)[number]) => number) =>
      of.reduce((sum, one) => sum + value(one), 0) / Math.max(1, of.length)
    return { name, count: of.length, said: mean((one) => one.confidence), right: mean((one) => (one.right ? 1 : 0)) }
  })
}

/** The mean distance between what was said and what came true, weighted by how often it was said (0 is perfect). */
export const calibrationError = (buckets: readonly Bucket[]): number => {
  const all = buckets.reduce((sum, { count }) => sum + count, 0)
  return buckets.reduce((sum, { count, said, right }) => sum + (count / Math.max(1, all)) * Math.abs(said - right), 0)
}

/** What the table means, bucket by bucket, where said and true differ by more than chance and 0.05 (two standard errors). */
export const judgement = (buckets: readonly Bucket[]): readonly string[] =>
  buckets.flatMap(({ name, count, said, right }) => {
    if (count === 0) return []
    const chance = 2 * Math.sqrt((said * (1 - said)) / count)
    const gap = right - said
    if (Math.abs(gap) <= Math.max(0.05, chance)) return []
    const word = gap > 0 ? 'more often right than it says (too modest)' : 'less often right than it says (too sure)'
    return [`${name}: ${word}: said ${said.toFixed(2)}, right ${(right * 100).toFixed(0)} % of ${count}.`]
  })
