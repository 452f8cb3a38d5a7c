import { loadActions } from '../../src/actions/load.ts'
import type { Agent, Task } from '../../src/agent/agent.ts'
import { claude } from '../../src/agent/anthropic.ts'
import { createBreaker } from '../../src/agent/breaker.ts'
import { defaultLimits, type Limits } from '../../src/agent/limits.ts'
import { noLedger } from '../../src/agent/spending.ts'
import type { Workbench } from '../../src/agent/workbench.ts'
import type { Diagnosis } from '../../src/domain/diagnosis.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { createView } from '../../src/snapshot/create-view.ts'
import { objectFromJson } from '../../src/snapshot/schema/object.ts'
import type { ContainerLog } from '../../src/snapshot/view.ts'
import { key } from './messages-api.ts'

export const catalogue = [...(await loadActions()).values()]

const plain = (value: unknown): readonly KubeObject[] => {
  const object = objectFromJson(JSON.parse(JSON.stringify(value)) as never)
  return object === undefined ? [] : [object]
}
const image = (tag: string) => `registry.acme.dev/checkout:${tag}`
const template = (tag: string, env: readonly object[] = []) => ({
  metadata: { labels: { app: 'checkout' } },
  spec: { containers: [{ name: 'app', image: image(tag), args: ['--token', secretArgument], env }] },
})
const replicaSet = (name: string, tag: string, revision: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name,
    namespace: 'payments',
    uid: `rs-${revision}`,
    annotations: { 'deployment.kubernetes.io/revision': revision },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout', uid: 'd-1', controller: true }],
  },
  spec: { replicas, selector: { matchLabels: { app: 'checkout' } }, template: template(tag) },
})

export const secretArgument = 'Zq1aB3dE5gH7jK9mN1pQ2rS4tU'
export const secretInLog = 'Zq2aB3dE5gH7jK9mN1pQ2rS4tU'
export const secretInEnv = 'Zq3aB3dE5gH7jK9mN1pQ2rS4tU'

const objects: readonly unknown[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'payments' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'checkout', namespace: 'payments', uid: 'd-1', resourceVersion: '7' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'checkout' } },
      template: template('2.8.2', [{ name: 'DB_PASSWORD', value: secretInEnv }]),
    },
    status: { replicas: 2, readyReplicas: 2, availableReplicas: 2, updatedReplicas: 2 },
  },
  replicaSet('checkout-a', '2.8.1', '1', 0),
  replicaSet('checkout-b', '2.8.2', '2', 2),
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'checkout-b-1',
      namespace: 'payments',
      uid: 'p-1',
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'checkout-b', uid: 'rs-2', controller: true },
      ],
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'app', image: image('2.8.2') }] },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'app', ready: true, restartCount: 0, state: { running: {} } }],
    },
  },
]

const log: ContainerLog = {
  namespace: 'payments',
  pod: 'checkout-b-1',
  container: 'app',
  previous: false,
  text: `cart total is negative for currency JPY\npassword=${secretInLog}\nretrying the exchange rate of JPY`,
}

/** A cluster in which something is wrong that no check explains: the log says it, and only a reader can tell. */
export const bench = (more: { readonly log?: string; readonly objects?: readonly unknown[] } = {}): Workbench => ({
  view: createView({
    cluster: 'prod-eu1',
    now: '2026-11-20T10:00:00Z',
    coverage: { checked: ['pods'], unavailable: [{ source: 'secrets', reason: 'forbidden' }] },
    read: { kinds: new Set(['Namespace', 'Deployment', 'ReplicaSet', 'Pod', 'Event']) },
    objects: [...objects, ...(more.objects ?? [])].flatMap(plain),
    logs: [{ ...log, ...(more.log === undefined ? {} : { text: more.log }) }],
  }),
})

const diagnosis: Diagnosis = {
  version: 1,
  cluster: 'prod-eu1',
  at: '2026-11-20T10:00:00Z',
  verdict: 'inconclusive',
  coverage: { checked: ['pods'], unavailable: [{ source: 'secrets', reason: 'forbidden' }] },
  rootCauses: [],
  findings: [],
  evidence: [
    {
      id: 'e1',
      kind: 'alert',
      about: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'payments', name: 'checkout' },
      text: 'checkout answers 500 to one request in nine',
    },
  ],
  next: ['the log of checkout'],
}

export const task: Task = { diagnosis, title: 'payments/checkout answers 500', namespace: 'payments' }

/** An agent over a Messages API at this address. */
export const agentAt = (
  url: string,
  more: Partial<Limits> & { readonly model?: string; readonly key?: string } = {},
): Agent => {
  const { model = 'claude-sonnet-5-5', key: apiKey = key, ...limits } = more
  return {
    model: claude({ apiKey, model, baseUrl: url }, 5),
    limits: { ...defaultLimits, ...limits },
    breaker: createBreaker(),
    ledger: noLedger,
    now: () => Date.now(),
  }
}
