import { describe, expect, it } from 'vitest'
import type { Change } from '../../src/domain/change.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { planHash, sealPlan } from '../../src/domain/seal-plan.ts'

const request = { method: 'PATCH', path: '/apis/a', query: [['fieldManager', 'x']], contentType: 'c', body: '{"é":1}' }
const write = { kind: 'cluster-write', request } as unknown as Change
const pull = {
  kind: 'pull-request',
  repository: 'acme/deploy',
  base: 'main',
  baseSha: 'a',
  branch: 'doctor/x',
  title: 't',
  body: 'b',
  edits: [{ path: 'a.yaml', before: 'x: 1', after: 'x: 2' }],
} as unknown as Change
const sequence = {
  kind: 'sequence',
  steps: [{ request, target: { kind: 'Pod', name: 'a' }, within: 60, summary: 'one' }],
} as unknown as Change
const sealed = (change: Change, more: object = {}): Plan => sealPlan({ id: 'p', change, ...more } as unknown as Plan)
const nfd = (value: unknown): never => JSON.parse(JSON.stringify(value).replaceAll('é', 'e\u0301')) as never

describe('the seal of a plan', () => {
  it.each([
    ['a write', write],
    ['a pull request', pull],
    ['a sequence', sequence],
  ])('of %s is what its content gives, and nothing else of it may be touched', (_, change) => {
    const plan = sealed(change)
    expect(plan.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(planHash(plan)).toBe(plan.hash)
    expect(planHash({ ...plan, hash: 'x' })).toBe(plan.hash)
    expect(planHash({ ...plan, id: 'q' })).not.toBe(plan.hash)
    expect(sealed(change, { summary: 'x' }).hash).not.toBe(plan.hash)
  })

  it('tells two spellings of one body apart, which canonical text would not', () => {
    expect(sealed(nfd(write)).hash).not.toBe(sealed(write).hash)
    const titled = { ...pull, title: 'é' } as Change
    for (const change of [titled, { ...pull, body: 'é' }, { ...pull, branch: 'é' }] as Change[])
      expect(sealed(nfd(change)).hash).not.toBe(sealed(change).hash)
    for (const field of ['path', 'before', 'after']) {
      const edits = [{ path: 'a.yaml', before: 'x: 1', after: 'x: 2', [field]: 'é' }]
      const change = { ...pull, edits } as unknown as Change
      expect(sealed(nfd(change)).hash).not.toBe(sealed(change).hash)
    }
    expect(sealed(nfd(sequence)).hash).not.toBe(sealed(sequence).hash)
  })

  it('is of nothing that has no exact form', () => {
    expect(() => sealed(write, { expiresAt: new Date() })).toThrow('is not a plain object')
  })
})
