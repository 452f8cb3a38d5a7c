import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { createView } from '../../src/snapshot/create-view.ts'
import { damagedObjects } from '../../src/snapshot/damaged-objects.ts'
import { parseDocuments } from '../../src/snapshot/documents.ts'
import { inferredGaps } from '../../src/snapshot/inferred-gaps.ts'
import { loadSnapshot } from '../../src/snapshot/load-files.ts'
import { objectFromJson } from '../../src/snapshot/schema/object.ts'
import { diagnosisMarkdown } from '../../src/views/diagnosis-markdown.ts'
import { diagnosisText } from '../../src/views/diagnosis-text.ts'
import { ownCases } from '../scenarios/score.ts'

const analyzers = await loadAnalyzers()

/** A few broken clusters to damage further: one of each group. */
const one = [...new Map(ownCases().map((own) => [own.group, own])).values()]
/** A few of them, for what is looked at kind by kind. */
const some = one.filter((_, index) => index % 6 === 0)
const seeds = one.map(({ folder }) =>
  [...parseDocuments(readFileSync(`${folder}/snapshot.yaml`, 'utf8'))].flatMap((document) =>
    'value' in document ? [document.value] : [],
  ),
)

const odd: readonly unknown[] = [
  null,
  undefined,
  '',
  'x',
  0,
  -1,
  1e308,
  Number.NaN,
  true,
  [],
  {},
  [null],
  { '': null },
  '2999-01-01T00:00:00Z',
  '1970-01-01T00:00:00Z',
  'not a time',
  '9'.repeat(400),
  '\u202e\u0000',
  ['a', 1, {}],
  '__proto__',
]

/** Replaces, removes or doubles values at places that the numbers choose. Deterministic for its numbers. */
const damaged = (value: unknown, picks: () => number, rate: number): unknown => {
  if (picks() % rate === 0) return odd[picks() % odd.length]
  if (Array.isArray(value)) return value.map((item) => damaged(item, picks, rate))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      picks() % rate === 1 ? [] : [[key, damaged(item, picks, rate)] as const],
    ),
  )
}

/** The same damage each time, so that what lands is what was tried; FUZZ_SEED tries other damage. */
const seeded = { seed: Number(process.env['FUZZ_SEED'] ?? 20261121) }

/** A small generator of numbers (mulberry32), so that a failing seed repeats. */
const numbers = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}

const view = (objects: readonly KubeObject[], now = '2026-11-20T10:00:00Z') =>
  createView({ cluster: 'c', now, coverage: { checked: [], unavailable: [] }, read: 'files', objects })

const answer = (objects: readonly KubeObject[], now?: string) => diagnose(view(objects, now), { analyzers })

describe('a diagnosis of damaged data', () => {
  it('never throws, never hangs, and no analyzer gives up', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(seeds.length - 1), fc.constantFrom(20, 60, 200, 1000), (seed, index, rate) => {
        const picks = numbers(seed)
        const objects = (seeds[index] ?? []).flatMap((document) => objectFromJson(damaged(document, picks, rate)) ?? [])
        const started = performance.now()
        const diagnosis = answer(objects)
        expect(performance.now() - started).toBeLessThan(10_000)
        expect(diagnosis.coverage.unavailable).toEqual([])
        expect(
          diagnosisText(diagnosis, { colour: false }).match(/.{0,60}(?:undefined|\[object|NaN).{0,60}/)?.[0],
        ).toBeUndefined()
        expect(diagnosisMarkdown(diagnosis)).not.toContain('\u202e')
      }),
      { numRuns: 120, ...seeded, examples: [[-2142619869, 5, 20]] },
    )
  })

  it('is not healthy where a broken cluster lost what something in it names', async () => {
    for (const { group, folder } of some) {
      const { view: whole } = await loadSnapshot(`${folder}/snapshot.yaml`)
      if (diagnose(createView(whole), { analyzers }).verdict === 'healthy') continue
      for (const kind of ['Pod', 'Node', 'ReplicaSet', 'Deployment', 'StatefulSet', 'PersistentVolumeClaim']) {
        const objects = whole.objects.filter((object) => object.kind !== kind)
        const gaps = inferredGaps(objects)
        if (objects.length === whole.objects.length || gaps.length === 0) continue
        const unavailable = [...whole.coverage.unavailable, ...gaps]
        const view = createView({ ...whole, objects, coverage: { ...whole.coverage, unavailable } })
        const { verdict, next } = diagnose(view, { analyzers })
        expect(verdict, `${group} without ${kind}`).not.toBe('healthy')
        if (verdict === 'inconclusive') expect(next.join(' '), `${group} without ${kind}`).toMatch(/kubectl/)
      }
    }
  })

  it('is not healthy where the pods of a broken cluster lost their status', async () => {
    for (const { group, folder } of some) {
      const { view: whole } = await loadSnapshot(`${folder}/snapshot.yaml`)
      if (diagnose(createView(whole), { analyzers }).verdict === 'healthy') continue
      const objects = whole.objects.map((object) => (object.kind === 'Pod' ? { ...object, status: undefined } : object))
      const unavailable = [...whole.coverage.unavailable, ...damagedObjects(objects)]
      const view = createView({ ...whole, objects, coverage: { ...whole.coverage, unavailable } })
      expect(diagnose(view, { analyzers }).verdict, group).not.toBe('healthy')
    }
  })

  it('cuts cycles of owners', () => {
    const ring = ['a', 'b', 'c'].map((name, index, all) => ({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name,
        namespace: 'x',
        uid: name,
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            name: all[(index + 1) % 3] ?? '',
            uid: all[(index + 1) % 3] ?? '',
            controller: true,
          },
        ],
      },
      spec: { replicas: 1 },
    }))
    const self = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'p',
        namespace: 'x',
        uid: 'p',
        ownerReferences: [{ kind: 'Pod', name: 'p', uid: 'p', controller: true }],
      },
    }
    const objects = [...ring, self].flatMap((one) => objectFromJson(one) ?? [])
    const read = view(objects)
    expect(read.owners(objects[0] as KubeObject)).toHaveLength(2)
    expect(read.owners(objects[3] as KubeObject)).toHaveLength(0)
    expect(answer(objects).version).toBe(1)
  })

  it('takes a clock that is far off', () => {
    for (const now of ['1970-01-01T00:00:00Z', '2999-01-01T00:00:00Z', 'nonsense']) {
      for (const documents of seeds)
        expect(
          answer(
            documents.flatMap((one) => objectFromJson(one) ?? []),
            now,
          ).version,
        ).toBe(1)
    }
  })
})
