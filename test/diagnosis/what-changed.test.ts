import { describe, expect, it } from 'vitest'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import { templateDiff } from '../../src/diagnosis/template-diff.ts'
import type { AuditedChange } from '../../src/domain/audited-change.ts'
import type { Finding } from '../../src/domain/finding.ts'
import { withAuditedChanges } from '../../src/snapshot/with-audited-changes.ts'
import { finding, saying, viewOf } from './view-of.ts'

const template = (image: string, more = '') =>
  `template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: app, image: '${image}', env: [{ name: MODE, value: a }], ${more} }] } }`

const revision = (name: string, number: number, made: string, image: string): string => `apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: ${name}
  namespace: shop
  creationTimestamp: ${made}
  annotations: { deployment.kubernetes.io/revision: '${number}' }
  ownerReferences: [{ apiVersion: apps/v1, kind: Deployment, name: web, uid: d, controller: true }]
spec: { replicas: 1, ${template(image)} }
`

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  uid: d
  creationTimestamp: 2026-10-01T00:00:00Z
  managedFields:
    - { manager: argocd-controller, operation: Update, time: 2026-11-20T09:30:00Z }
    - { manager: kube-controller-manager, operation: Update, time: 2026-11-20T09:45:00Z, subresource: status }
spec: { replicas: 1, ${template('web:2', 'envFrom: [{ configMapRef: { name: settings } }]')} }
`

const cause = (
  yaml: string,
  since = '2026-11-20T09:32:00Z',
  said: Finding = finding('app-crash', 'Deployment shop/web', { since }),
) => diagnose(viewOf(yaml), { analyzers: [saying(said)] }).rootCauses[0]

describe('what changed', () => {
  const history = [
    deployment,
    revision('web-1', 1, '2026-10-01T00:00:00Z', 'web:1'),
    revision('web-2', 2, '2026-11-20T09:30:00Z', 'web:2'),
  ]

  it('names the field of the template, when, and who', () => {
    const root = cause(history.join('---\n'))
    expect(root?.change).toMatchObject({
      what: 'Deployment shop/web revision 1 → 2: image of container app: web:1 → web:2',
      at: '2026-11-20T09:30:00Z',
      by: 'argocd-controller',
    })
    expect(root?.explanation[0]).toMatch(/^Before it began: .*web:1 → web:2.* \[e\d+\]$/)
    expect(root?.evidence.at(-1)).toMatchObject({ kind: 'change' })
  })

  it('is silent about what came after, or long before', () => {
    expect(cause(history.join('---\n'), '2026-11-20T09:00:00Z')?.change).toBeUndefined()
    const old = [
      deployment.replaceAll('2026-11-20', '2026-10-20'),
      revision('web-1', 1, '2026-10-01T00:00:00Z', 'web:1'),
      revision('web-2', 2, '2026-10-20T09:30:00Z', 'web:2'),
    ]
    expect(cause(old.join('---\n'))?.change).toBeUndefined()
  })

  it('prefers a nearer change of the configuration it reads, and never says what is in it', () => {
    const settings = `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: shop
  creationTimestamp: 2026-10-01T00:00:00Z
  managedFields: [{ manager: kubectl-edit, operation: Update, time: 2026-11-20T09:59:00Z }]
data: { mode: hush }
`
    const root = cause([...history, settings].join('---\n'), '2026-11-20T09:59:30Z')
    expect(root?.change).toMatchObject({ what: 'ConfigMap shop/settings was changed', by: 'kubectl-edit' })
    expect(JSON.stringify(root)).not.toContain('hush')
  })

  it('dates a rollback by the workload, not by the old revision', () => {
    const back = [
      deployment,
      revision('web-1', 3, '2026-10-01T00:00:00Z', 'web:1'),
      revision('web-2', 2, '2026-10-05T00:00:00Z', 'web:2'),
    ]
    expect(cause(back.join('---\n'))?.change).toMatchObject({
      at: '2026-11-20T09:30:00Z',
      what: expect.stringContaining('2 → 3'),
    })
  })

  it('names the sync of Argo CD that brought the revision', () => {
    const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop, namespace: argocd }
status:
  resources: [{ group: apps, version: v1, kind: Deployment, namespace: shop, name: web }]
  history: [{ deployedAt: 2026-11-20T09:29:50Z, revision: abc1234567890def, initiatedBy: { username: ann } }]
`
    expect(cause([...history, application].join('---\n'))?.change).toMatchObject({
      what: expect.stringContaining('web:1 → web:2'),
      by: 'ann',
    })
  })
})

describe('templateDiff', () => {
  it('says which field differs, and of variables only the name', () => {
    const before = {
      spec: {
        containers: [
          {
            name: 'app',
            image: 'a:1',
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '2' },
            ],
            resources: { limits: { memory: '64Mi' } },
          },
        ],
      },
    }
    const after = {
      metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'x' } },
      spec: {
        nodeSelector: { disk: 'ssd' },
        containers: [
          {
            name: 'app',
            image: 'a:1',
            env: [
              { name: 'A', value: '9' },
              { name: 'C', value: '3' },
            ],
            resources: { limits: { memory: '32Mi' } },
          },
          { name: 'side', image: 's:1' },
        ],
      },
    }
    expect(templateDiff(before, after)).toEqual([
      'resources of container app: limits.memory 64Mi → 32Mi',
      'environment of container app: A changed, B removed, C added',
      'container side added (image s:1)',
      'node selector: none → {"disk":"ssd"}',
      'restarted with kubectl rollout restart',
    ])
    expect(templateDiff(before, before)).toEqual([])
  })
})

describe('the workflow run behind a change', () => {
  const sha = '9f31c2e8d19f31c2e8d19f31c2e8d19f31c2e8d1'
  const run = (workflow: string, headSha: string, startedAt: string, repository = 'acme/web') =>
    ({ repository, workflow, conclusion: 'success', headSha, startedAt, failedSteps: [] }) as const
  const image = `ghcr.io/acme/web:main-${sha.slice(0, 7)}`
  const rolledOut = [
    deployment.replace('web:2', image),
    revision('web-1', 1, '2026-10-01T00:00:00Z', 'web:1'),
    revision('web-2', 2, '2026-11-20T09:30:00Z', image),
  ].join('---\n')
  const nightly = run('nightly.yml', 'a'.repeat(40), '2026-11-20T09:31:30Z', 'acme/other')
  const changeWith = (yaml: string, ...workflowRuns: readonly ReturnType<typeof run>[]) =>
    diagnose(viewOf(yaml, { workflowRuns }), {
      analyzers: [saying(finding('app-crash', 'Deployment shop/web', { since: '2026-11-20T09:32:00Z' }))],
    }).rootCauses[0]?.change

  it('is the one whose commit is in the tag, not one that ran nearer', () => {
    expect(changeWith(rolledOut, run('deploy.yml', sha, '2026-11-20T09:24:00Z'), nightly)).toMatchObject({
      what: expect.stringContaining('revision 1 → 2'),
      by: `argocd-controller; made by workflow deploy.yml of acme/web at ${sha.slice(0, 12)}`,
    })
  })
  it('is not made up where nothing ties them', () => {
    expect(changeWith(rolledOut, nightly)).toMatchObject({ by: 'argocd-controller' })
  })
  it('is said of a change that a check itself saw, and so is who delivered it', () => {
    const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop, namespace: argocd }
status:
  resources: [{ group: apps, version: v1, kind: Deployment, namespace: shop, name: web }]
  history: [{ id: 1, revision: ${sha}, deployedAt: 2026-11-20T09:29:50Z }]
`
    const change = { what: 'the image of app changed', at: '2026-11-20T09:30:00Z' }
    const said = finding('app-crash', 'Deployment shop/web', { since: '2026-11-20T09:32:00Z', change })
    const view = viewOf([deployment, application].join('---\n'), {
      workflowRuns: [run('verify.yml', sha, '2026-11-20T09:29:00Z')],
    })
    expect(diagnose(view, { analyzers: [saying(said)] }).rootCauses[0]?.change).toEqual({
      ...change,
      by: `Argo CD application shop at ${sha.slice(0, 12)}; workflow verify.yml of acme/web ran on that commit (success)`,
    })
  })
  it('is said by itself only where nothing else changed', () => {
    const old = deployment.replaceAll('2026-11-20T09:30:00Z', '2026-10-01T00:00:00Z')
    expect(changeWith(old, nightly)).toMatchObject({ what: expect.stringContaining('nightly.yml of acme/other ran') })
  })
})

describe('what changed, as the audit log of the API server tells it', () => {
  const change = (verb: AuditedChange['verb'], resource: string, name: string, at: string): AuditedChange => ({
    id: `${verb}-${name}`,
    at,
    user: 'ana@acme.dev',
    verb,
    object: { group: resource === 'deployments' ? 'apps' : '', resource, namespace: 'shop', name },
  })
  const rolled = [
    deployment,
    revision('web-1', 1, '2026-10-01T00:00:00Z', 'web:1'),
    revision('web-2', 2, '2026-11-20T09:30:00Z', 'web:2'),
  ].join('---\n')
  const causeWith = (yaml: string, ...audited: AuditedChange[]) =>
    diagnose(withAuditedChanges(viewOf(yaml), audited), {
      analyzers: [saying(finding('app-crash', 'Deployment shop/web', { since: '2026-11-20T09:32:00Z' }))],
    }).rootCauses[0]?.change

  it('names the person behind a rollout', () => {
    const who = causeWith(rolled, change('patch', 'deployments', 'web', '2026-11-20T09:29:58Z'))
    expect(who).toMatchObject({ what: expect.stringContaining('web:1 → web:2'), by: 'ana@acme.dev' })
  })

  it('knows what is gone, where the pods name it', () => {
    const gone = causeWith(deployment, change('delete', 'configmaps', 'settings', '2026-11-20T09:31:00Z'))
    expect(gone).toMatchObject({ what: 'ConfigMap shop/settings was deleted', by: 'ana@acme.dev' })
  })

  it('says nothing of what is about something else, or came later', () => {
    const before = causeWith(deployment)
    for (const other of [
      change('delete', 'configmaps', 'other', '2026-11-20T09:31:00Z'),
      change('delete', 'secrets', 'settings', '2026-11-20T09:31:00Z'),
      change('delete', 'configmaps', 'settings', '2026-11-20T10:31:00Z'),
    ])
      expect(causeWith(deployment, other)).toEqual(before)
  })
})
