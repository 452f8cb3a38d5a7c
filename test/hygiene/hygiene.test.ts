import { describe, expect, it } from 'vitest'
import type { HygieneReport } from '../../src/domain/hygiene.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { refText } from '../../src/domain/object.ts'
import { inspect } from '../../src/hygiene/inspect.ts'
import { loadChecks } from '../../src/hygiene/load.ts'
import { createView, type ViewInput } from '../../src/snapshot/create-view.ts'
import { objectFromJson } from '../../src/snapshot/schema/object.ts'
import { cases as cluster } from './cases/cluster.ts'
import { cases as unused } from './cases/unused.ts'
import { cases as workloads } from './cases/workloads.ts'
import { configMap, deployment, type Plain, secret, service } from './objects.ts'

const checks = await loadChecks()
const all = [...workloads, ...unused, ...cluster]
const objectsOf = (plain: readonly Plain[]): readonly KubeObject[] =>
  plain.flatMap((one) => objectFromJson(JSON.parse(JSON.stringify(one))) ?? [])
const report = (plain: readonly Plain[], more: Partial<ViewInput> = {}, namespace?: string): HygieneReport =>
  inspect(
    createView({
      cluster: 'test',
      now: '2026-11-20T10:00:00Z',
      coverage: { checked: [], unavailable: [] },
      read: 'files',
      objects: objectsOf(plain),
      ...more,
    }),
    { checks, ...(namespace === undefined ? {} : { namespace }) },
  )
const saidBy = (check: string, found: HygieneReport): readonly string[] =>
  found.findings
    .filter((one) => one.check === check)
    .map(({ object }) => refText(object))
    .sort()

describe('the checks', () => {
  it.each(all)('%s %s', (check, _, objects, found) => {
    const said = report(objects)
    expect(saidBy(check, said)).toEqual([...found].sort())
    expect(said.notJudged.filter(({ reason }) => reason.startsWith('failed'))).toEqual([])
  })

  it('each have a case that they find and one that they leave alone', () => {
    const without = checks.flatMap(({ id }) => {
      const own = all.filter(([check]) => check === id)
      return own.some(([, , , found]) => found.length > 0) && own.some(([, , , found]) => found.length === 0)
        ? []
        : [id]
    })
    expect(without).toEqual(['certificate-ends-soon'])
  })

  it('find a certificate that ends within the month and that nothing renews', () => {
    const [plain] = objectsOf([secret('tls', { type: 'kubernetes.io/tls' })])
    const ending = (notAfter: string) => [{ ...plain, certificate: { notAfter } } as unknown as KubeObject]
    const of = (objects: readonly KubeObject[]) => saidBy('certificate-ends-soon', report([], { objects }))
    expect(of(ending('2026-12-10T00:00:00Z'))).toEqual(['Secret shop/tls'])
    expect(of(ending('2027-12-10T00:00:00Z'))).toEqual([])
    const certificate = objectsOf([
      {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        metadata: { name: 'c', namespace: 'shop' },
        spec: { secretName: 'tls' },
      },
    ])
    expect(of([...ending('2026-12-10T00:00:00Z'), ...certificate])).toEqual([])
  })

  it('never show the value of a variable', () => {
    const value = 'correct-horse-battery'
    const said = report([deployment('web', { one: { env: [{ name: 'DB_PASSWORD', value }] } })])
    expect(said.findings.map(({ check }) => check)).toContain('secret-in-environment')
    expect(JSON.stringify(said)).not.toContain(value)
  })
})

describe('a report', () => {
  const messy = deployment('messy', { one: { image: 'nginx' } })

  it('is 100 only where nothing was found', () => {
    expect(report([deployment('web')]).total).toEqual({ score: 100, grade: 'A', objects: 1, clean: 1 })
    expect(report([deployment('web'), messy]).total).toEqual({ score: 50, grade: 'E', objects: 2, clean: 1 })
  })

  it('weighs what runs more than what lies around, and a note less than a warning', () => {
    const map = configMap('old')
    expect(report([deployment('web'), map]).total?.score).toBe(95)
    expect(
      report([messy, configMap('used'), deployment('b', { one: { envFrom: [{ configMapRef: { name: 'used' } }] } })])
        .total?.score,
    ).toBe(54)
  })

  it('has a score for each namespace, and leaves the system’s out unless it is asked for', () => {
    const objects = [
      deployment('web'),
      { ...messy, metadata: { name: 'x', namespace: 'dev' } },
      deployment('dns', { ns: 'kube-system', one: { image: 'dns' } }),
    ]
    const scores = report(objects).namespaces.map(({ namespace, score }) => [namespace, score])
    expect(scores).toEqual([
      ['dev', 0],
      ['shop', 100],
    ])
    expect(report(objects, {}, 'kube-system').findings.map(({ object }) => object.name)).toEqual(['dns'])
  })

  it('has no score where nothing was read, and names the checks that could not be made', () => {
    const empty = report([])
    expect(empty.total).toBeUndefined()
    const unavailable = [{ source: 'poddisruptionbudgets', reason: 'forbidden' as const }]
    const blind = report([deployment('web'), service('web')], { coverage: { checked: [], unavailable } })
    expect(blind.findings.map(({ check }) => check)).not.toContain('disruption-budget-missing')
    expect(blind.notJudged.map(({ check }) => check)).toContain('disruption-budget-missing')
  })

  it('takes a kind that was read and is empty for empty, in a live cluster', () => {
    const kinds = new Set(['Deployment', 'Service', 'PodDisruptionBudget', 'Pod'])
    const live = report([deployment('web'), service('web')], { read: { kinds } })
    expect(saidBy('disruption-budget-missing', live)).toEqual(['Deployment shop/web'])
  })

  it('leaves alone what its namespace says to leave alone', () => {
    const space = (text: string): Plain => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', annotations: { 'clusterdoctor.dev/hygiene-ignore': text } },
    })
    expect(report([messy, space('*')]).findings).toEqual([])
    expect(report([messy, space('image-tag, probes-missing')]).findings).toEqual([])
    expect(report([messy, space('probes-missing')]).findings).toHaveLength(1)
  })

  it('is the same in whatever order the objects came', () => {
    for (const [, , objects] of all) {
      expect(JSON.stringify(report([...objects].reverse()))).toBe(JSON.stringify(report(objects)))
    }
  })

  it('throws at nothing', () => {
    const odd = all.flatMap(([, , some]) => some).map((one) => ({ ...one, spec: null, rules: 7, webhooks: [null, {}] }))
    const { notJudged } = report(odd)
    expect(notJudged.filter(({ reason }) => reason.startsWith('failed'))).toEqual([])
  })
})
