import { describe, expect, it } from 'vitest'
import type { Analyzer } from '../../src/analyzers/analyzer.ts'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { Finding } from '../../src/domain/finding.ts'
import { refText } from '../../src/domain/object.ts'
import type { ClusterView } from '../../src/snapshot/view.ts'
import { app, finding, ref, saying, viewOf } from './view-of.ts'

const answer = (view: ClusterView, findings: readonly Finding[], more: Parameters<typeof diagnose>[1] | object = {}) =>
  diagnose(view, { analyzers: [saying(...findings)], ...more })

/** Root causes as `code Kind ns/name`, in order. */
const roots = (view: ClusterView, findings: readonly Finding[], more: object = {}) =>
  answer(view, findings, more).rootCauses.map(({ code, object }) => `${code} ${refText(object)}`)

describe('joining', () => {
  it('reports what forty pods, their workloads and Services suffer from one missing Secret once', () => {
    const names = Array.from({ length: 40 }, (_, index) => `web-${index}`)
    const container = 'envFrom: [{ secretRef: { name: db } }]'
    const view = viewOf(names.map((name) => app('shop', name, { container })).join('---\n'))
    const diagnosis = answer(view, [
      finding('missing-secret', 'Secret shop/db'),
      ...names.flatMap((name) => [
        finding('rollout-stuck', `Deployment shop/${name}`, { symptom: true, confidence: 0.99 }),
        finding('volume-mount-failing', `Deployment shop/${name}`),
      ]),
    ])
    expect(diagnosis.rootCauses).toHaveLength(1)
    expect(diagnosis.rootCauses[0]).toMatchObject({ code: 'missing-secret', object: ref('Secret shop/db') })
    expect(diagnosis.rootCauses[0]?.affected).toHaveLength(80)
    expect(diagnosis.findings).toHaveLength(81)
    expect(diagnosis.findings.every(({ causedBy }) => causedBy === 0)).toBe(true)
  })

  it('follows a chain of dependencies to its end', () => {
    const view = viewOf([app('shop', 'web'), app('shop', 'api'), app('shop', 'db')].join('---\n'))
    const said = [
      finding('dependency-unreachable', 'Service shop/api', { affects: [ref('Deployment shop/web')] }),
      finding('dependency-unreachable', 'Service shop/db', { affects: [ref('Deployment shop/api')] }),
      finding('image-not-found', 'Deployment shop/db'),
    ]
    expect(roots(view, said)).toEqual(['image-not-found Deployment shop/db'])
  })

  it('keeps independent faults apart', () => {
    const view = viewOf([app('shop', 'web'), app('shop', 'db')].join('---\n'))
    const said = [
      finding('oom-killed', 'Deployment shop/web'),
      finding('service-selector-mismatch', 'Service shop/web'),
      finding('image-not-found', 'Deployment shop/db'),
    ]
    expect(roots(view, said)).toHaveLength(3)
  })

  it('does not blame what began clearly later', () => {
    const view = viewOf([app('shop', 'web'), app('shop', 'db')].join('---\n'))
    const effect = { affects: [ref('Deployment shop/web')], since: '2026-11-20T08:00:00Z' }
    const said = (since: string) => [
      finding('dependency-unreachable', 'Service shop/db', effect),
      finding('oom-killed', 'Deployment shop/db', { since }),
    ]
    expect(roots(view, said('2026-11-20T07:55:00Z'))).toHaveLength(1)
    expect(roots(view, said('2026-11-20T09:30:00Z'))).toHaveLength(2)
  })

  it('passes a trouble of a node to its pods, not to a Service that others still serve', () => {
    const replica = app('shop', 'db', { ready: true, node: 'worker-2' })
      .split('---\n')[2]
      ?.replaceAll('db-5d4f-a', 'db-5d4f-b')
    const said = [
      finding('node-not-ready', 'Node worker-1'),
      finding('dependency-unreachable', 'Service shop/db', { affects: [ref('Deployment shop/web')] }),
      finding('readiness-probe-failing', 'Deployment shop/db'),
    ]
    const alone = viewOf([app('shop', 'db'), app('shop', 'web', { node: 'worker-3' })].join('---\n'))
    expect(roots(alone, said)).toEqual(['node-not-ready Node worker-1'])
    const served = viewOf([app('shop', 'db'), replica, app('shop', 'web', { node: 'worker-3' })].join('---\n'))
    // Without a word that the rest of it is unwell, a Service that is served is not lost with one node.
    expect(roots(served, said.slice(0, 2))).toContain('dependency-unreachable Service shop/db')
  })

  it('cuts circles of workloads that blame each other', () => {
    const view = viewOf([app('shop', 'a'), app('shop', 'b')].join('---\n'))
    const said = [
      finding('dependency-unreachable', 'Service shop/a', {
        affects: [ref('Deployment shop/b')],
        dependsOn: [ref('Deployment shop/a')],
      }),
      finding('dependency-unreachable', 'Service shop/b', {
        affects: [ref('Deployment shop/a')],
        dependsOn: [ref('Deployment shop/b')],
      }),
    ]
    expect(roots(view, said).length).toBeGreaterThan(0)
  })

  it('merges what two checks say of one object', () => {
    const view = viewOf(app('shop', 'web'))
    const { rootCauses } = answer(view, [
      finding('app-crash', 'Deployment shop/web', { confidence: 0.6, summary: 'less sure' }),
      finding('app-crash', 'Deployment shop/web', { confidence: 0.8, summary: 'surer', since: '2026-11-20T09:00:00Z' }),
    ])
    expect(rootCauses).toMatchObject([{ summary: 'surer', confidence: 0.8, since: '2026-11-20T09:00:00Z' }])
  })
})

describe('the verdict', () => {
  const view = viewOf(app('shop', 'web'))
  it('is healthy only when nothing was found and everything needed was read', () => {
    expect(answer(view, []).verdict).toBe('healthy')
    const blind = viewOf(app('shop', 'web'), {
      coverage: { checked: [], unavailable: [{ source: 'pods', reason: 'timeout' }] },
    })
    expect(answer(blind, [])).toMatchObject({ verdict: 'inconclusive', next: [expect.stringContaining('pods')] })
    expect(answer(blind, [finding('oom-killed', 'Deployment shop/web')]).verdict).toBe('critical')
  })

  it('is inconclusive for symptoms that nothing explains, and says so with little confidence', () => {
    const diagnosis = answer(view, [
      finding('rollout-stuck', 'Deployment shop/web', { symptom: true, confidence: 0.99 }),
    ])
    expect(diagnosis).toMatchObject({ verdict: 'inconclusive', rootCauses: [{ confidence: 0.5 }] })
    expect(diagnosis.next.join(' ')).toContain('kubectl -n shop')
  })

  it('never names what is only worth knowing', () => {
    const diagnosis = answer(view, [finding('hpa-at-max', 'HorizontalPodAutoscaler shop/web', { severity: 'info' })])
    expect(diagnosis).toMatchObject({ verdict: 'healthy', rootCauses: [], findings: [{ code: 'hpa-at-max' }] })
    expect(diagnosis.evidence?.map(({ id }) => id)).toEqual(diagnosis.findings[0]?.evidence)
  })

  it('survives an analyzer that throws, and does not call the cluster healthy then', () => {
    const broken: Analyzer = {
      id: 'broken',
      codes: [],
      needs: [],
      analyze: () => {
        throw new Error('password=hunter2')
      },
    }
    const diagnosis = diagnose(view, { analyzers: [broken, saying()] })
    expect(diagnosis.verdict).toBe('inconclusive')
    expect(JSON.stringify(diagnosis)).not.toContain('hunter2')
  })

  it('does not need Secrets where the kubelet would say what is missing', () => {
    const coverage = { checked: [], unavailable: [{ source: 'secrets', reason: 'forbidden' as const }] }
    const needing: Analyzer = { id: 'needing', codes: [], needs: ['secrets'], analyze: () => [] }
    expect(diagnose(viewOf(app('shop', 'web'), { coverage }), { analyzers: [needing] }).verdict).toBe('healthy')
    const edge = `${app('shop', 'web')}---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: edge, namespace: shop }
spec: { tls: [{ secretName: cert }] }
`
    expect(diagnose(viewOf(edge, { coverage }), { analyzers: [needing] }).verdict).toBe('inconclusive')
  })
})

describe('what was asked', () => {
  const view = viewOf([app('shop', 'web'), app('shop', 'db'), app('billing', 'web')].join('---\n'))
  const said = [
    finding('image-not-found', 'Deployment shop/db'),
    finding('oom-killed', 'Deployment billing/web', { severity: 'warning' }),
  ]
  it('ranks first what a focus, a question or an alert names', () => {
    expect(roots(view, said)[0]).toBe('image-not-found Deployment shop/db')
    expect(roots(view, said, { focus: 'deploy/web' })[0]).toBe('oom-killed Deployment billing/web')
    expect(roots(view, said, { question: 'Why is web in billing slow?' })[0]).toBe('oom-killed Deployment billing/web')
    expect(roots(view, said, { question: 'what about pod web-5d4f-a?' })[0]).toBe('oom-killed Deployment billing/web')
    expect(roots(view, said, { question: 'is db fine?' })[0]).toBe('image-not-found Deployment shop/db')
  })

  it('keeps to a namespace, and to what hurts it', () => {
    expect(roots(view, said, { namespace: 'billing' })).toEqual(['oom-killed Deployment billing/web'])
    const node = finding('node-not-ready', 'Node worker-1', { affects: [ref('Deployment billing/web')] })
    expect(roots(view, [...said, node], { namespace: 'billing' })).toContain('node-not-ready Node worker-1')
  })

  it('hands each cause to the runbooks', () => {
    const propose = ({ code, object }: { code: string; object: Finding['object'] }) => [
      { action: 'rollback-rollout', risk: 'medium' as const, summary: code, runbook: 'r', target: object, input: {} },
    ]
    expect(answer(view, said, { propose }).rootCauses[0]?.proposals).toMatchObject([{ summary: 'image-not-found' }])
  })
})

describe('trouble that is over', () => {
  it('is not a cause once every pod is ready again and has stayed so', () => {
    const at = {
      evidence: [{ kind: 'event' as const, about: ref('Pod shop/web-5d4f-a'), text: 'x', at: '2026-11-20T08:00:00Z' }],
    }
    const said = [finding('image-not-found', 'Deployment shop/web', at)]
    expect(answer(viewOf(app('shop', 'web', { ready: true })), said).verdict).toBe('healthy')
    expect(answer(viewOf(app('shop', 'web')), said).verdict).toBe('critical')
    const later = [
      { ...(said[0] as Finding), evidence: [{ ...at.evidence[0], at: '2026-11-20T09:30:00Z' }] as Finding['evidence'] },
    ]
    expect(answer(viewOf(app('shop', 'web', { ready: true })), later).verdict).toBe('critical')
  })
})
