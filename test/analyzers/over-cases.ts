import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Analyzer } from '../../src/analyzers/analyzer.ts'
import type { Finding } from '../../src/domain/finding.ts'
import { createView } from '../../src/snapshot/create-view.ts'
import { loadSnapshot } from '../../src/snapshot/load-files.ts'
import { type Case, ownCases } from '../scenarios/score.ts'

type Named = { readonly kind: string; readonly namespace?: string | null; readonly name?: string }
type Expected = {
  readonly verdict: string
  readonly codes: readonly string[]
  readonly objects: readonly Named[]
  readonly accept: readonly Named[]
  readonly mustNotCode?: readonly string[]
}

const expectedOf = (one: Case): Expected => JSON.parse(readFileSync(join(one.folder, 'expected.json'), 'utf8'))

const findingsOf = async (analyzer: Analyzer, one: Case): Promise<readonly Finding[]> => {
  const { view } = await loadSnapshot(join(one.folder, 'snapshot.yaml'))
  return analyzer.analyze(createView(view))
}

const isNamed = (finding: Finding, expected: Expected): boolean =>
  [...expected.objects, ...expected.accept].some(
    ({ kind, name, namespace }) =>
      kind === finding.object.kind &&
      (name === undefined || name === finding.object.name) &&
      (namespace == null || namespace === finding.object.namespace),
  )

/**
 * Runs one analyzer alone over the cases of a group: it names code and object where the case's first code is its own, and
 * says nothing of its own accord (symptoms and mere notes aside) where the case is healthy or forbids the code. Needs one case of each.
 */
export const overCases = (analyzer: Analyzer, ...groups: readonly string[]): void => {
  const cases = ownCases()
    .filter((one) => groups.includes(one.group))
    .map((one) => ({ one, expected: expectedOf(one) }))
  const own = (codes: readonly string[] | undefined): boolean =>
    (codes ?? []).some((code) => analyzer.codes.some((mine) => mine === code))
  const faults = cases.filter(({ expected }) => expected.verdict !== 'healthy' && own(expected.codes.slice(0, 1)))
  const silent = cases.filter(({ expected }) => expected.verdict === 'healthy' || own(expected.mustNotCode))
  describe(analyzer.id, () => {
    it('has a case that it names and one that it leaves alone', () => {
      expect(faults.length).toBeGreaterThan(0)
      expect(silent.length).toBeGreaterThan(0)
    })
    it.each(faults.map(({ one, expected }) => [one.id, one, expected] as const))(
      'names %s',
      async (_, one, expected) => {
        const findings = await findingsOf(analyzer, one)
        const right = findings.filter((finding) => expected.codes.includes(finding.code) && isNamed(finding, expected))
        expect(right.length, findings.map((finding) => finding.summary).join('\n')).toBeGreaterThan(0)
        for (const finding of right) expect(finding.evidence.length).toBeGreaterThan(0)
      },
    )
    it.each(silent.map(({ one, expected }) => [one.id, one, expected] as const))(
      'says nothing about %s',
      async (_, one, expected) => {
        const forbidden = new Set(expected.verdict === 'healthy' ? analyzer.codes : expected.mustNotCode)
        const findings = await findingsOf(analyzer, one)
        const wrong = findings.filter(
          (finding) => finding.symptom !== true && finding.severity !== 'info' && forbidden.has(finding.code),
        )
        expect(wrong.map((finding) => finding.summary)).toEqual([])
      },
    )
  })
}
