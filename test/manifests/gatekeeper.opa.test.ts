import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { allowedReviews, type Review, refusedReviews } from './reviews.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, '../../manifests', path), 'utf8')
const template = parse(read('optional/gatekeeper/template.yaml')) as {
  spec: { crd: { spec: { names: { kind: string } } }; targets: { rego: string }[] }
}
const constraint = parse(read('optional/gatekeeper/constraint.yaml')) as { kind: string; spec: object }
const rego = template.spec.targets[0]?.rego ?? ''
const shipped = parseAllDocuments(read('admission-policy.yaml'))[0]?.toJS() as {
  spec: { validations: { message: string }[] }
}

describe('the policy for Gatekeeper, asked of the real opa', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatekeeper-'))
  const file = join(folder, 'policy.rego')
  beforeAll(() => writeFileSync(file, rego))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** What the policy says of each request, all asked at once. */
  const said = (reviews: readonly Review[], ...flags: readonly string[]): readonly (readonly string[])[] => {
    const input = join(folder, 'reviews.json')
    writeFileSync(input, JSON.stringify({ all: reviews.map(({ request }) => request) }))
    const query = `[said |
      some i; one := input.all[i]
      said := data.clusterdoctorwriter.violation with input as {"review": one, "parameters": {}}]`
    const args = ['eval', '--format=raw', ...flags, '-d', file, '-i', input, query]
    const answers = JSON.parse(execFileSync('opa', args, { encoding: 'utf8' })) as { msg: string }[][]
    return answers.map((messages) => messages.map(({ msg }) => msg))
  }

  it.each([
    ['as Gatekeeper reads it', ['--v0-compatible']],
    ['as Rego is today', []],
  ])(
    'refuses what the shipped policy refuses, for its reason, and lets through what the catalogue sends, %s',
    (_, flags) => {
      expect(refusedReviews.length + allowedReviews.length).toBeGreaterThanOrEqual(80)
      const refusals = said(refusedReviews, ...flags)
      const wrong = refusedReviews.filter(({ why }, index) => !refusals[index]?.some((message) => why?.test(message)))
      expect(wrong.map(({ what }) => what)).toEqual([])
      expect(refusals).toHaveLength(refusedReviews.length)
      const passed = said(allowedReviews, ...flags)
      expect(
        allowedReviews.flatMap(({ what }, index) => (passed[index]?.length === 0 ? [] : [[what, passed[index]]])),
      ).toEqual([])
    },
  )

  it('says nothing of what others send, whatever it is', () => {
    const others = refusedReviews.map((one) => ({
      ...one,
      request: { ...one.request, userInfo: { username: 'dana' } },
    }))
    expect(new Set(said(others).flat())).toEqual(new Set())
  })

  it('has every sentence of the shipped policy, and no other', () => {
    const sentences = [...rego.matchAll(/contains \{"msg": "([^"]+)"\}/g)].map((match) => match[1])
    expect(sentences.toSorted()).toEqual(shipped.spec.validations.map(({ message }) => message).toSorted())
    // Each of them was needed for one of the requests above.
    expect([...new Set(said(refusedReviews).flat())].toSorted()).toEqual(sentences.toSorted())
  })

  it('is asked about every kind, and denies', () => {
    expect(constraint.kind).toBe(template.spec.crd.spec.names.kind)
    expect(constraint.spec).toEqual({
      enforcementAction: 'deny',
      match: { scope: '*', kinds: [{ apiGroups: ['*'], kinds: ['*'] }] },
    })
  })
})
