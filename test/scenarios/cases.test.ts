import { describe, expect, it } from 'vitest'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { Diagnosis } from '../../src/domain/diagnosis.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { createView, type ViewInput } from '../../src/snapshot/create-view.ts'
import { loadSnapshot } from '../../src/snapshot/load-files.ts'
import { sourceOf } from '../../src/snapshot/schema/kinds.ts'
import { objectFromJson } from '../../src/snapshot/schema/object.ts'
import { type Case, ownCases, scoreCase } from './score.ts'

const analyzers = await loadAnalyzers()
const inputs = await Promise.all(
  ownCases().map(async (one) => ({
    id: `${one.group}/${one.id}`,
    case: one,
    loaded: await loadSnapshot(`${one.folder}/snapshot.yaml`),
  })),
)

const answer = (view: ViewInput): Diagnosis => diagnose(createView(view), { analyzers })

/** What must not change: the verdict, and what is named in which order. */
const gist = ({ verdict, rootCauses }: Diagnosis) => ({
  verdict,
  causes: rootCauses.map(({ code, object }) => `${code} ${object.kind} ${object.namespace ?? ''}/${object.name}`),
})

const healthyPod = (index: number): KubeObject =>
  objectFromJson({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `bystander-${index}`,
      namespace: 'bystanders',
      uid: `u${index}`,
      creationTimestamp: '2026-11-01T00:00:00Z',
      labels: { app: 'bystander' },
    },
    spec: { nodeName: 'bystander-1', containers: [{ name: 'app', image: 'nginx:1.27.3' }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-11-01T00:00:10Z' }],
      containerStatuses: [
        { name: 'app', ready: true, restartCount: 0, state: { running: { startedAt: '2026-11-01T00:00:05Z' } } },
      ],
    },
  }) as KubeObject

const bystanders = Array.from({ length: 50 }, (_, index) => healthyPod(index))

const withoutManagedFields = (object: KubeObject): KubeObject => {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** The same input with each of its sources denied in turn: nothing of it is there, and coverage says so. */
const denials = (view: ViewInput): readonly (readonly [source: string, input: ViewInput])[] => {
  const deny = (source: string): ViewInput => ({
    ...view,
    coverage: {
      checked: view.coverage.checked.filter((one) => one !== source),
      unavailable: [...view.coverage.unavailable, { source, reason: 'forbidden' }],
    },
  })
  const kinds = [...new Set(['Pod', 'Event', 'Node', ...view.objects.map(({ kind }) => kind)])]
  return [
    ...kinds.map((kind) => {
      const source = sourceOf(kind)
      return [source, { ...deny(source), objects: view.objects.filter((object) => object.kind !== kind) }] as const
    }),
    ['logs', { ...deny('logs'), logs: [] }],
    ['metrics', { ...deny('metrics'), metrics: [] }],
  ]
}

/** The default reader has no right to Secrets, and a release's history stands nowhere else: its absence is no gap. */
const onlyInSecrets = ({ rootCauses }: Diagnosis): boolean => rootCauses[0]?.code.startsWith('helm-release-') === true

/** All of everything where EVERY_SOURCE is set, as `npm run test:metamorphic` does; else a share, another for each case. */
const all = process.env['EVERY_SOURCE'] !== undefined
const turnOf = ({ id }: Case): number => [...id].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0)
const inTurn = (own: Case, index: number, share: number): boolean => all || (index + turnOf(own)) % share === 0

const citedIn = (step: string): readonly string[] => step.match(/\[(e\d+(?:, e\d+)*)\]$/)?.[1]?.split(', ') ?? []

describe.each(inputs.map((one) => [one.id, one] as const))('%s', (_, { case: own, loaded }) => {
  const { view } = loaded
  let known: Diagnosis | undefined
  const asIs = (): Diagnosis => (known ??= answer(view))
  it('is answered as expected', async () => {
    const score = await scoreCase(own, analyzers, loaded)
    expect(score.problems).toEqual([])
    expect(score.falsePositive).toBe(false)
  })

  it('keeps its answer under changes that mean nothing', () => {
    const shuffled = {
      ...view,
      objects: view.objects.toReversed(),
      logs: (view.logs ?? []).toReversed(),
      metrics: (view.metrics ?? []).toReversed(),
      alerts: (view.alerts ?? []).toReversed(),
      workflowRuns: (view.workflowRuns ?? []).toReversed(),
    }
    if (inTurn(own, 0, 3))
      expect(JSON.stringify(answer(shuffled)), 'equal bytes in any order').toBe(JSON.stringify(asIs()))
    const crowded = [...view.objects, ...bystanders]
    if (inTurn(own, 1, 3))
      expect(gist(answer({ ...view, objects: crowded })), 'healthy bystanders').toEqual(gist(asIs()))
    if (!inTurn(own, 2, 3)) return
    const bare = gist(answer({ ...view, objects: view.objects.map(withoutManagedFields) }))
    // When a Secret or ConfigMap was written stands nowhere else: without it the fault keeps a coarser name.
    if (asIs().rootCauses.some(({ code }) => code === 'stale-config')) expect(bare.verdict).toBe(asIs().verdict)
    else expect(bare, 'no managedFields').toEqual(gist(asIs()))
  })

  it('cites evidence that is there', () => {
    const diagnosis = asIs()
    const all = [...diagnosis.rootCauses.flatMap(({ evidence }) => evidence), ...(diagnosis.evidence ?? [])]
    const ids = new Set(all.map(({ id }) => id))
    const cited = [
      ...diagnosis.findings.flatMap(({ evidence }) => evidence),
      ...diagnosis.rootCauses.flatMap(({ explanation }) => explanation.flatMap(citedIn)),
    ]
    expect(cited.filter((id) => !ids.has(id))).toEqual([])
    for (const { explanation } of diagnosis.rootCauses) expect(explanation.join(' ')).toMatch(/\[e\d+/)
  })

  it('moves only towards could-not-tell where one source is denied', () => {
    for (const [source, input] of denials(view).filter((_, index) => inTurn(own, index, 6))) {
      const after = answer(input)
      if (asIs().verdict === 'healthy') {
        const allowed = ['pods', 'events', 'nodes'].includes(source) ? ['inconclusive'] : ['healthy', 'inconclusive']
        expect(allowed, `without ${source}`).toContain(after.verdict)
      } else if (!onlyInSecrets(asIs())) {
        expect(after.verdict, `without ${source}`).not.toBe('healthy')
      }
      // A deeper cause may stand in what was denied: what is said instead of it is not said as surely.
      const said = Math.max(0, ...asIs().rootCauses.map(({ confidence }) => confidence))
      for (const { code, confidence } of after.rootCauses)
        expect(confidence, `${code} without ${source}`).toBeLessThanOrEqual(Math.max(said, 0.9))
    }
  })
})
