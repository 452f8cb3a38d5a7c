import { describe, expect, it } from 'vitest'
import type { Read } from '../../src/domain/coverage.ts'
import type { PlanRequest } from '../../src/domain/job.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import type { ClusterReader } from '../../src/ports.ts'
import { runLine } from '../../src/verbs/run.ts'
import type { AppFace, VerbContext } from '../../src/verbs/verb.ts'

const object = (apiVersion: string, kind: string, name: string, namespace?: string): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, uid: `uid-${name}`, ...(namespace === undefined ? {} : { namespace }) },
})
const objects = [
  object('apps/v1', 'Deployment', 'checkout', 'shop'),
  object('batch/v1', 'CronJob', 'nightly', 'shop'),
  object('batch/v1', 'Job', 'migrate', 'shop'),
  object('v1', 'PersistentVolumeClaim', 'data', 'shop'),
  object('v1', 'Service', 'checkout', 'shop'),
  object('v1', 'Pod', 'checkout-x', 'shop'),
  object('v1', 'Node', 'worker-1'),
  object('autoscaling/v2', 'HorizontalPodAutoscaler', 'checkout', 'shop'),
  object('argoproj.io/v1alpha1', 'Application', 'checkout', 'argocd'),
  object('argoproj.io/v1alpha1', 'Application', 'twice', 'argocd'),
  object('argoproj.io/v1alpha1', 'Application', 'twice', 'team-b'),
  object('cert-manager.io/v1', 'Certificate', 'web', 'shop'),
  object('certificates.k8s.io/v1', 'CertificateSigningRequest', 'csr-x'),
]

const reader = {
  name: 'prod-eu1',
  get: async (ref) => {
    const value = objects.find(
      ({ kind, metadata }) => kind === ref.kind && metadata.name === ref.name && metadata.namespace === ref.namespace,
    )
    return value === undefined ? { kind: 'absent' } : { kind: 'ok', value }
  },
  list: async (type, { fieldSelector }) => {
    const items = objects.filter(
      ({ kind, metadata }) => kind === type.kind && `metadata.name=${metadata.name}` === fieldSelector,
    )
    const body = Buffer.from(JSON.stringify({ kind: `${type.kind}List`, items }))
    return { kind: 'ok', value: { contentType: 'application/json', body } } satisfies Read<unknown>
  },
} as Pick<ClusterReader, 'name' | 'get' | 'list'> as ClusterReader

type Asked = Pick<PlanRequest, 'action' | 'input' | 'target'>

/** Types a line and gives what was asked for, or what was answered instead. */
const typed = async (line: string): Promise<Asked | string> => {
  let asked: Asked | undefined
  const plan: AppFace['plan'] = async (request) => {
    asked = request
    return 'planned'
  }
  const context = {
    readers: new Map([['prod-eu1', reader]]),
    cluster: 'prod-eu1',
    now: 0,
    signal: AbortSignal.timeout(5_000),
    app: { plan } as Partial<AppFace> as AppFace,
  } satisfies VerbContext
  const answer = await runLine(context, line)
  return asked ?? JSON.stringify(answer.document)
}

describe('the verbs of operations', () => {
  it.each<[line: string, action: string, name: string, input: object]>([
    ['pause deploy/checkout -n shop', 'pause-rollout', 'checkout', {}],
    ['restart shop/checkout --one-by-one', 'restart-one-by-one', 'checkout', {}],
    ['resume shop/checkout', 'resume-rollout', 'checkout', {}],
    ['resume cronjob/nightly -n shop', 'resume-cronjob', 'nightly', {}],
    ['resume shop/job/migrate', 'resume-job', 'migrate', {}],
    ['suspend shop/nightly', 'suspend-cronjob', 'nightly', {}],
    ['suspend job/migrate -n shop', 'suspend-job', 'migrate', {}],
    [
      'image shop/checkout acme/checkout:3 -c app',
      'set-image',
      'checkout',
      { image: 'acme/checkout:3', container: 'app' },
    ],
    ['env shop/checkout LEVEL=a=b', 'set-env', 'checkout', { name: 'LEVEL', value: 'a=b' }],
    ['env deploy/checkout "GREETING=good day" -n shop', 'set-env', 'checkout', { name: 'GREETING', value: 'good day' }],
    ['env shop/checkout EMPTY=', 'set-env', 'checkout', { name: 'EMPTY', value: '' }],
    [
      'env shop/checkout MODE --from-configmap settings/mode',
      'set-env',
      'checkout',
      { name: 'MODE', configMap: { name: 'settings', key: 'mode' } },
    ],
    [
      'env shop/checkout DB --from-secret db/url',
      'set-env',
      'checkout',
      { name: 'DB', secret: { name: 'db', key: 'url' } },
    ],
    ['env shop/checkout MODE --remove', 'set-env', 'checkout', { name: 'MODE', remove: true }],
    ['expand pvc/data 20Gi -n shop', 'expand-volume', 'data', { size: '20Gi' }],
    ['expand shop/data to 20Gi', 'expand-volume', 'data', { size: '20Gi' }],
    ['autoscale hpa/checkout --min 2 --max 9 -n shop', 'set-autoscaler-bounds', 'checkout', { min: 2, max: 9 }],
    [
      'selector svc/checkout app=checkout,tier=web -n shop',
      'set-selector',
      'checkout',
      { selector: { app: 'checkout', tier: 'web' } },
    ],
    ['evict shop/checkout-x', 'evict-pod', 'checkout-x', {}],
    ['cordon worker-1', 'cordon-node', 'worker-1', {}],
    ['uncordon node/worker-1', 'uncordon-node', 'worker-1', {}],
    ['sync checkout', 'sync-application', 'checkout', {}],
    [
      'sync argocd/checkout --revision abcdef0 --prune',
      'sync-application',
      'checkout',
      { revision: 'abcdef0', prune: true },
    ],
    ['refresh app/checkout --hard', 'refresh-application', 'checkout', { hard: true }],
    ['renew certificate/web -n shop', 'renew-certificate', 'web', {}],
    ['csr csr-x', 'approve-csr', 'csr-x', {}],
  ])('%s', async (line, action, name, input) => {
    expect(await typed(line)).toMatchObject({ action, target: { name, uid: expect.any(String) }, input })
  })

  it.each([
    ['pause cronjob/nightly -n shop', 'for a Deployment, not for a cronjob'],
    ['pause shop/nothing', 'does not exist'],
    ['pause checkout', 'In which namespace'],
    ['suspend deploy/checkout -n shop', 'a CronJob or a Job'],
    ['expand shop/data', 'How large'],
    ['autoscale shop/checkout', 'Say --min or --max'],
    ['autoscale shop/checkout --max many', 'whole number'],
    ['selector shop/checkout', 'Which labels'],
    ['env shop/checkout MODE', 'Say one'],
    ['env shop/checkout MODE=x --remove', 'Say one'],
    ['env shop/checkout MODE --from-configmap settings', 'Say one'],
    ['image shop/checkout', 'Which image'],
    ['sync twice', 'There are several: argocd/twice, team-b/twice'],
    ['sync nothing', 'does not exist'],
    ['cordon ../x', 'cannot be a Kubernetes name'],
  ])('%s is answered with a sentence', async (line, sentence) => {
    expect(await typed(line)).toContain(sentence)
  })

  it.each<[line: string, input: object]>([
    ['helm-rollback web -n shop', {}],
    ['helm-rollback shop/web to 3 --no-hooks', { revision: 3, noHooks: true }],
  ])('%s, without a look at what only the executor may read', async (line, input) => {
    const target = { apiVersion: 'helm.sh/v3', kind: 'HelmRelease', namespace: 'shop', name: 'web' }
    expect(await typed(line)).toMatchObject({ action: 'helm-rollback', target, input })
  })
})
