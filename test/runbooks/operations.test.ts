import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadActions } from '../../src/actions/load.ts'
import type { CauseCode } from '../../src/domain/cause.ts'
import type { RootCause } from '../../src/domain/diagnosis.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { loadRunbooks } from '../../src/runbooks/load.ts'
import { offers } from '../../src/runbooks/match.ts'

const actions = await loadActions()
const { runbooks } = loadRunbooks(join(import.meta.dirname, '../../runbooks'), actions)

type Facts = RootCause['facts']

const offered = (code: CauseCode, kind: string, facts: Facts = {}, metadata: object = {}) => {
  const object: KubeObject = {
    apiVersion: kind === 'Application' ? 'argoproj.io/v1alpha1' : 'v1',
    kind,
    metadata: { name: 'web', namespace: 'shop', ...metadata },
  }
  const cause = { code, object: { ...object, name: 'web', namespace: 'shop' }, affected: [], facts } as unknown
  const view = { cluster: 'prod', now: '2026-11-20T10:00:00Z', find: () => object }
  return offers(runbooks, cause as RootCause, { view })
}

describe('the runbooks of the operations', () => {
  it.each<[CauseCode, string, Facts, string, object]>([
    ['rollout-paused', 'Deployment', {}, 'resume-rollout', {}],
    ['cronjob-suspended', 'CronJob', {}, 'resume-cronjob', {}],
    [
      'volume-full',
      'PersistentVolumeClaim',
      { expandable: true, suggestedSize: '30Gi' },
      'expand-volume',
      { size: '30Gi' },
    ],
    ['hpa-at-max', 'HorizontalPodAutoscaler', { suggestedReplicas: 8 }, 'set-autoscaler-bounds', { max: 8 }],
    ['service-selector-mismatch', 'Service', { suggestedSelector: 'app=web' }, 'set-selector', { selector: 'app=web' }],
    ['certificate-expired', 'Certificate', {}, 'renew-certificate', {}],
    ['argocd-out-of-sync', 'Application', { automated: false }, 'sync-application', {}],
  ])('%s on a %s is answered with an input that the action takes', (code, kind, facts, action, input) => {
    expect(offered(code, kind, facts)).toMatchObject([{ action, input, target: { kind, name: 'web' } }])
    expect(actions.get(action)?.input.safeParse(input).success).toBe(true)
  })

  it.each<[string, CauseCode, string, Facts]>([
    [
      'a class that does not let volumes grow',
      'volume-full',
      'PersistentVolumeClaim',
      { expandable: false, suggestedSize: '30Gi' },
    ],
    ['a certificate that nobody issues by itself', 'certificate-expired', 'Secret', {}],
    ['an Application that syncs by itself', 'argocd-out-of-sync', 'Application', { automated: true }],
    ['a maximum that nothing suggests', 'hpa-at-max', 'HorizontalPodAutoscaler', {}],
    ['a selector that nothing suggests', 'service-selector-mismatch', 'Service', {}],
  ])('offer nothing for %s', (_, code, kind, facts) => {
    expect(offered(code, kind, facts)).toEqual([])
  })

  it('ask for a pull request where Git delivers the object, and act where that changes nothing that Git describes', () => {
    const labels = { 'argocd.argoproj.io/instance': 'shop' }
    expect(offered('rollout-paused', 'Deployment', {}, { labels })).toMatchObject([
      { action: 'open-pull-request', input: { wish: { action: 'resume-rollout' } } },
    ])
    expect(offered('certificate-expired', 'Certificate', {}, { labels })).toMatchObject([
      { action: 'renew-certificate' },
    ])
  })
})
