import { describe, expect, it } from 'vitest'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { Diagnosis } from '../../src/domain/diagnosis.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { createView, type ViewInput } from '../../src/snapshot/create-view.ts'
import { loadSnapshot } from '../../src/snapshot/load-files.ts'
import { objectFromJson } from '../../src/snapshot/schema/object.ts'
import { ownCases } from '../scenarios/score.ts'

const analyzers = await loadAnalyzers()
const inputs = await Promise.all(
  ownCases().map(async (one) => ({
    id: `${one.group}/${one.id}`,
    view: (await loadSnapshot(`${one.folder}/snapshot.yaml`)).view,
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
    spec: { nodeName: 'worker-1', containers: [{ name: 'app', image: 'nginx:1.27.3' }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-11-01T00:00:10Z' }],
      containerStatuses: [
        { name: 'app', ready: true, restartCount: 0, state: { running: { startedAt: '2026-11-01T00:00:05Z' } } },
      ],
    },
  }) as KubeObject

describe.each(inputs.map((one) => [one.id, one.view] as const))('%s', (_, view) => {
  const before = answer(view)

  it('gives equal bytes for equal input in any order', () => {
    const shuffled = {
      ...view,
      objects: view.objects.toReversed(),
      logs: (view.logs ?? []).toReversed(),
      metrics: (view.metrics ?? []).toReversed(),
      alerts: (view.alerts ?? []).toReversed(),
      workflowRuns: (view.workflowRuns ?? []).toReversed(),
    }
    expect(JSON.stringify(answer(shuffled))).toBe(JSON.stringify(before))
  })

  it('is not moved by healthy bystanders', () => {
    const objects = [...view.objects, ...Array.from({ length: 50 }, (_unused, index) => healthyPod(index))]
    expect(gist(answer({ ...view, objects }))).toEqual(gist(before))
  })

  it('needs no managedFields', () => {
    const objects = view.objects.map((object) => {
      const { managedFields: _fields, ...metadata } = object.metadata
      return { ...object, metadata }
    })
    expect(gist(answer({ ...view, objects }))).toEqual(gist(before))
  })

  it('cites only evidence that is there', () => {
    const ids = new Set(
      [...before.rootCauses.flatMap(({ evidence }) => evidence), ...(before.evidence ?? [])].map(({ id }) => id),
    )
    const cited = [
      ...before.findings.flatMap(({ evidence }) => evidence),
      ...before.rootCauses.flatMap(({ explanation }) =>
        explanation.flatMap((step) => step.match(/\[(e\d+(?:, e\d+)*)\]$/)?.[1]?.split(', ') ?? []),
      ),
    ]
    expect(cited.filter((id) => !ids.has(id))).toEqual([])
    for (const { explanation } of before.rootCauses) expect(explanation.join(' ')).toMatch(/\[e\d+/)
  })

  it('never calls healthy what it could not read', () => {
    for (const source of ['pods', 'events', 'nodes']) {
      const coverage = { ...view.coverage, unavailable: [{ source, reason: 'timeout' as const }] }
      expect(answer({ ...view, coverage }).verdict).not.toBe('healthy')
    }
  })
})
