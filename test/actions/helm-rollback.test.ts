import { describe, expect, it } from 'vitest'
import { pinnedPath } from '../../src/adapters/kubernetes/pin.ts'
import { packed, revisionOf } from '../../src/domain/helm/revision.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { actions, context, draft, drafted } from './objects.ts'
import { ofHelm, record, release } from './release.ts'

const deployment = (image: string, more = '') => `---
# Source: web/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: app
          image: ${image}
          resources: { requests: { cpu: 0.5 } }
${more}`
const service = `---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`
const settings = (name: string, value: string) => `---
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name} }
data: { mode: "${value}" }
`
const secret = (value: string) =>
  `---\napiVersion: v1\nkind: Secret\nmetadata: { name: web }\nstringData: { password: ${value} }\n`

const meta = (name: string, more: object = {}) => ({
  name,
  namespace: 'shop',
  uid: `uid-${name}`,
  resourceVersion: '7',
  ...ofHelm,
  ...more,
})
const liveDeployment = (image: string, spec: object = {}, extra: readonly object[] = []): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { ...meta('web'), generation: 4 },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          { name: 'app', image, resources: { requests: { cpu: '500m' } }, terminationMessagePath: '/dev/x' },
          ...extra,
        ],
      },
    },
    ...spec,
  },
})
const liveSettings = (name: string, mode: string, metadata: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta(name, metadata), data: { mode } }) as never
const liveService: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta('web'),
  spec: { selector: { app: 'web' }, ports: [{ port: 80, protocol: 'TCP' }], clusterIP: '10.0.0.1' },
}

const good = { manifest: `${settings('web', 'slow')}${service}${deployment('acme/web:1')}` }
const bad = { manifest: `${settings('web', 'slow')}${service}${deployment('acme/web:2')}${settings('extra', 'x')}` }
const history = (method?: 'ssa', status = 'deployed') => [
  record(1, 'superseded', { ...good, ...(method === undefined ? {} : { method }) }),
  record(2, status, { ...bad, ...(method === undefined ? {} : { method }) }),
]
const there = [liveDeployment('acme/web:2'), liveService, liveSettings('web', 'slow'), liveSettings('extra', 'x')]
const rolledBack = (releaseRecords: readonly KubeObject[] = history(), named = there, input: object = {}) =>
  draft('helm-rollback', release(2), input, { releaseRecords, named })
const steps = (made = rolledBack()) => {
  if (isRefusal(made)) throw new Error(made.reason)
  if (made.change.kind !== 'sequence') throw new Error('not a sequence')
  return made.change.steps
}
const bodyOf = (step: ReturnType<typeof steps>[number] | undefined) => JSON.parse(step?.request.body ?? 'null')

describe('helm-rollback', () => {
  it('changes what differs, deletes what came since, and records it last', () => {
    const made = drafted('helm-rollback', release(2), {}, { releaseRecords: history(), named: there })
    expect(made).toMatchObject({
      summary: 'Roll HelmRelease shop/web back to revision 1 (2 objects)',
      risk: 'high',
      blast: { pods: 2, workloads: 1 },
      undo: { action: 'helm-rollback', input: { revision: 2, leaving: 1 } },
    })
    expect(made.blast.notes).toContain('DELETES ConfigMap shop/extra')
    expect(steps(made).map(({ request, summary }) => [request.method, summary])).toEqual([
      ['PATCH', 'Change Deployment shop/web'],
      ['DELETE', 'Delete ConfigMap shop/extra'],
      ['PATCH', 'Record revision 3 as deployed'],
      ['PATCH', 'Record revision 2 as superseded'],
    ])
  })

  it('patches only what differs, under Helm’s own name, and sends nothing that is pinned away', () => {
    const [change, ...rest] = steps()
    expect(change?.request.query).toEqual([['fieldManager', 'helm']])
    expect(bodyOf(change).slice(2, 3)).toEqual([
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'acme/web:1' },
    ])
    for (const step of [change, ...rest]) expect(pinnedPath(step?.request as never)).toContain('/shop/')
  })

  it('applies whole objects where Helm does, bound to what is there, and never by force', () => {
    const [change] = steps(rolledBack(history('ssa')))
    expect(change?.request).toMatchObject({
      contentType: 'application/apply-patch+yaml',
      query: [
        ['fieldManager', 'helm'],
        ['fieldValidation', 'Strict'],
      ],
    })
    expect(bodyOf(change)).toMatchObject({
      metadata: {
        uid: 'uid-web',
        labels: ofHelm.labels,
        annotations: { ...ofHelm.annotations, 'cluster-doctor.dev/plan': 'abcdef012345' },
      },
      spec: { template: { spec: { containers: [{ image: 'acme/web:1' }] } } },
    })
  })

  it('records what Helm would: the target’s content, the next number, first deployed when it was', () => {
    const [, , made, old] = steps()
    const body = bodyOf(made)
    expect(body.metadata).toMatchObject({
      name: 'sh.helm.release.v1.web.v3',
      resourceVersion: '1',
      labels: { owner: 'helm', name: 'web', status: 'deployed', version: '3', modifiedAt: '1795168800' },
    })
    const revision = revisionOf({ ...body, metadata: { ...body.metadata, uid: 'x' } })
    expect(revision).toMatchObject({ version: 3, status: 'deployed', description: 'Rollback to 1', chart: 'web-1.1.0' })
    expect(isRefusal(revision) ? '' : revision.body['info']).toMatchObject({ first_deployed: '2026-11-01T08:00:00Z' })
    expect(bodyOf(old).slice(0, 3)).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'record-2' },
      { op: 'test', path: '/metadata/resourceVersion', value: '102' },
      { op: 'add', path: '/metadata/labels/status', value: 'superseded' },
    ])
  })

  it('goes past a failed revision, which stays failed, to the one that was deployed', () => {
    const made = steps(rolledBack([record(1, 'deployed', good), record(2, 'failed', bad)]))
    expect(made.slice(-2).map(({ summary }) => summary)).toEqual([
      'Record revision 3 as deployed',
      'Record revision 1 as superseded',
    ])
  })

  it('keeps what others added, and takes back what they changed of it, by name', () => {
    const drifted = liveDeployment('acme/web:hand', { paused: false }, [{ name: 'proxy', image: 'mesh:1' }])
    const made = rolledBack(history(), [drifted, ...there.slice(1)])
    expect(bodyOf(steps(made)[0])).toContainEqual({
      op: 'replace',
      path: '/spec/template/spec/containers/0/image',
      value: 'acme/web:1',
    })
    expect(JSON.stringify(bodyOf(steps(made)[0]))).not.toContain('mesh')
    expect(isRefusal(made) ? [] : made.blast.notes).toContain(
      'changed by others since revision 2: Deployment shop/web (spec.template.spec.containers[app].image)',
    )
  })

  it('makes what is gone, only where it is still gone', () => {
    const [made] = steps(rolledBack(history(), there.slice(0, 2)))
    expect(made).toMatchObject({ summary: 'Make ConfigMap shop/web', fingerprint: 'absent' })
    expect(bodyOf(made).metadata.resourceVersion).toBe('1')
  })

  it('leaves what is so already, and what the chart says to keep', () => {
    const kept = bad.manifest.replace(
      '{ name: extra }',
      '{ name: extra, annotations: { helm.sh/resource-policy: keep } }',
    )
    const records = [record(1, 'superseded', good), record(2, 'deployed', { manifest: kept })]
    expect(steps(rolledBack(records)).map(({ summary }) => summary)).not.toContain('Delete ConfigMap shop/extra')
    const same = [record(1, 'superseded', good), record(2, 'deployed', good)]
    expect(
      steps(rolledBack(same, [liveDeployment('acme/web:1'), liveService, liveSettings('web', 'slow')])),
    ).toHaveLength(2)
  })

  it('checks the record, every object, the rollout, what is gone, and that the Service serves', () => {
    const { success } = drafted('helm-rollback', release(2), {}, { releaseRecords: history(), named: there })
    const checks = success.kind === 'all' ? success.checks : []
    expect(checks.map((check) => `${check.kind} ${'target' in check ? check.target.kind : ''}`).sort()).toEqual([
      'gone ConfigMap',
      'holds ConfigMap',
      'holds Deployment',
      'holds Secret',
      'holds Service',
      'rollout-complete Deployment',
      'serves Service',
    ])
    // Whoever scales it may do so while it is watched.
    expect(JSON.stringify(checks)).not.toContain('replicas')
  })

  it('reads by name only what it may write', () => {
    const reads = actions.get('helm-rollback')?.reads
    const around = context(release(2), {
      releaseRecords: [
        record(1, 'superseded', { manifest: `${good.manifest}${secret('a')}` }),
        record(2, 'deployed', bad),
      ],
    })
    expect(
      reads?.(around, {})
        ?.map(({ kind, name }) => `${kind} ${name}`)
        .sort(),
    ).toEqual(['ConfigMap extra', 'ConfigMap web', 'Deployment web', 'Service web'])
    expect(reads?.(around, { revision: 'x' })).toEqual([])
  })

  const withClaim = `${good.manifest}---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: data }\n`
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta('data') } as KubeObject
  const hooked = { ...good, hooks: [{ name: 'migrate', kind: 'Job', events: ['pre-rollback'] }] }
  const byArgo = { annotations: { ...ofHelm.annotations, 'argocd.argoproj.io/tracking-id': 'web:apps/x' } }
  it.each<[what: string, code: string, made: () => ReturnType<typeof rolledBack>]>([
    ['without a record', 'no-release', () => rolledBack([])],
    ['to no earlier revision', 'no-earlier-revision', () => rolledBack([record(1, 'deployed', good)])],
    ['to an unknown revision', 'revision-unknown', () => rolledBack(history(), there, { revision: 9 })],
    ['to where it is', 'already-there', () => rolledBack(history(), there, { revision: 2 })],
    [
      'while Helm is at work',
      'helm-at-work',
      () =>
        rolledBack([record(1, 'deployed', good), record(2, 'pending-upgrade', { ...bad, at: '2026-11-20T09:58:00Z' })]),
    ],
    [
      'of a kind that is never written',
      'kind-not-writable',
      () =>
        rolledBack([
          record(1, 'superseded', { manifest: `${good.manifest}${secret('a')}` }),
          record(2, 'deployed', { manifest: `${bad.manifest}${secret('b')}` }),
        ]),
    ],
    [
      'that would delete data',
      'data-lost',
      () =>
        rolledBack([record(1, 'superseded', good), record(2, 'deployed', { manifest: withClaim })], [...there, claim]),
    ],
    [
      'past hooks that would have to run',
      'has-hooks',
      () => rolledBack([record(1, 'superseded', hooked), record(2, 'deployed', bad)]),
    ],
    [
      'of what Git delivers',
      'git-owned',
      () =>
        rolledBack(history(), [{ ...liveDeployment('acme/web:2'), metadata: meta('web', byArgo) }, ...there.slice(1)]),
    ],
    [
      'of what another release made',
      'not-of-release',
      () => rolledBack(history(), [{ ...liveDeployment('acme/web:2'), metadata: meta('web', { annotations: {} }) }]),
    ],
    [
      'to pods that could leave their container',
      'privileged-pod',
      () =>
        rolledBack([
          record(1, 'superseded', { manifest: deployment('acme/web:1', '      hostNetwork: true\n') }),
          record(2, 'deployed', bad),
        ]),
    ],
    [
      'of a record that is none',
      'record-invalid',
      () => rolledBack([{ ...record(1, 'superseded', good), data: { release: packed({ name: 'other' }) } } as never]),
    ],
  ])('refuses to go back %s', (_, code, made) => {
    expect(made()).toMatchObject({ kind: 'refused', code })
  })

  it('leaves hooks out only where that was said, and says so in capitals', () => {
    const made = drafted(
      'helm-rollback',
      release(2),
      { noHooks: true },
      { releaseRecords: [record(1, 'superseded', hooked), record(2, 'deployed', bad)], named: there },
    )
    expect(made.blast.notes).toContain('hooks that are NOT run: Job migrate')
    expect(made.risk).toBe('high')
  })

  it('takes over what an operation left pending long ago', () => {
    const made = rolledBack([record(1, 'deployed', good), record(2, 'pending-upgrade', bad)])
    expect(steps(made).at(-2)?.summary).toBe('Record revision 3 as deployed')
    expect(isRefusal(made) ? made : made.undo.kind).toBe('none')
  })

  it('takes back what a rollback did that stopped on its way: what it set, what it made, what it deleted', () => {
    const older = {
      manifest: `${good.manifest.replace('          image:', '          workingDir: /old\n          image:')}${settings('old', 'y')}`,
    }
    const records = [record(1, 'superseded', older), record(2, 'deployed', bad)]
    const half = liveDeployment('acme/web:1')
    const [container] = (half.spec as { template: { spec: { containers: object[] } } }).template.spec.containers
    Object.assign(container ?? {}, { workingDir: '/old' })
    const live = [half, liveService, liveSettings('web', 'slow'), liveSettings('old', 'y')]
    const made = steps(rolledBack(records, live, { revision: 2, leaving: 1 }))
    expect(made.map(({ summary }) => summary)).toEqual([
      'Change Deployment shop/web',
      'Make ConfigMap shop/extra',
      'Delete ConfigMap shop/old',
      'Record revision 3 as deployed',
      'Record revision 2 as superseded',
    ])
    expect(bodyOf(made[0]).map(({ op, path }: { op: string; path: string }) => `${op} ${path}`)).toContain(
      'remove /spec/template/spec/containers/0/workingDir',
    )
  })

  it('gives equal bytes for equal input', () => {
    expect(JSON.stringify(rolledBack())).toBe(JSON.stringify(rolledBack()))
  })
})
