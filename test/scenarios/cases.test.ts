import { expect, it } from 'vitest'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { ownCases, scoreCase } from './score.ts'

const analyzers = await loadAnalyzers()

it.each(ownCases().map((one) => [`${one.group}/${one.id}`, one] as const))('%s', async (_, one) => {
  const score = await scoreCase(one, analyzers)
  expect(score.problems).toEqual([])
  expect(score.falsePositive).toBe(false)
})
