import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { causeCodes } from '../../src/domain/cause.ts'
import { groupsOf } from './accuracy-document.ts'
import { calibrationError, judgement, reliability } from './reliability.ts'
import { ownCases, type Score } from './score.ts'
import { unsafeAmong } from './unsafe.ts'

const document = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'accuracy.md'), 'utf8')
const rows = document.split('\n').filter((line) => line.startsWith('| '))

it('lists every group of cases', () => {
  const groups = groupsOf(ownCases().map((one) => ({ case: one })))
  const unlisted = groups.filter((group) => !rows.some((line) => line.startsWith(`| ${group} |`)))
  expect(unlisted, 'run npm run docs:accuracy').toEqual([])
})

it('lists every code of the vocabulary', () => {
  expect(causeCodes.filter((code) => !rows.some((line) => line.startsWith(`| \`${code}\` |`)))).toEqual([])
})

const answers = (confidence: number, right: number, wrong: number): readonly Score[] =>
  Array.from(
    { length: right + wrong },
    (_, index) => ({ said: [{ confidence, right: index < right }] }) as unknown as Score,
  )

it('tells too sure from too modest, and neither from chance', () => {
  const sure = reliability(answers(0.9, 50, 50))
  expect(judgement(sure)).toEqual([expect.stringContaining('too sure')])
  expect(calibrationError(sure)).toBeCloseTo(0.4)
  expect(judgement(reliability(answers(0.7, 100, 0)))).toEqual([expect.stringContaining('too modest')])
  expect(judgement(reliability(answers(0.9, 91, 9)))).toEqual([])
  expect(judgement(reliability(answers(0.9, 4, 0)))).toEqual([])
})

it('knows a forbidden offer', () => {
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }
  const offer = { action: 'restart-rollout', risk: 'medium', summary: '', runbook: 'r', target, input: {} } as const
  const unsafe = (verb: string, on: string) => unsafeAmong([offer], [{ verb, target: on }], false)
  expect(unsafe('restart', 'Deployment/web')).toEqual(['offers restart-rollout on Deployment/web'])
  expect(unsafe('restart', 'Pod')).toHaveLength(1)
  expect(unsafe('any mutation', '*')).toHaveLength(1)
  expect(unsafe('restart', 'Deployment/coredns')).toEqual([])
  expect(unsafe('delete', 'Deployment/web')).toEqual([])
  expect(unsafeAmong([offer], [], true)).toHaveLength(1)
})
