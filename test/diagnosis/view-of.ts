import { parseAllDocuments } from 'yaml'
import type { Analyzer } from '../../src/analyzers/analyzer.ts'
import type { Finding } from '../../src/domain/finding.ts'
import type { ObjectRef } from '../../src/domain/object.ts'
import { createView, type ViewInput } from '../../src/snapshot/create-view.ts'
import { objectFromJson } from '../../src/snapshot/schema/object.ts'
import type { ClusterView } from '../../src/snapshot/view.ts'

/** A view of the objects in a YAML text. */
export const viewOf = (yaml: string, more: Partial<ViewInput> = {}): ClusterView =>
  createView({
    cluster: 'test',
    now: '2026-11-20T10:00:00Z',
    coverage: { checked: ['pods'], unavailable: [] },
    read: 'files',
    objects: parseAllDocuments(yaml).flatMap((document) => objectFromJson(document.toJS()) ?? []),
    ...more,
  })

/** An analyzer that says exactly these findings. */
export const saying = (...findings: readonly Finding[]): Analyzer => ({
  id: 'said',
  codes: [...new Set(findings.map(({ code }) => code))],
  needs: [],
  analyze: () => findings,
})

/** A reference `Kind namespace/name` or `Kind name`. */
export const ref = (text: string): ObjectRef => {
  const [kind = '', place = ''] = text.split(' ')
  const [first = '', second] = place.split('/')
  const apiVersion = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'].includes(kind) ? 'apps/v1' : 'v1'
  return second === undefined ? { apiVersion, kind, name: first } : { apiVersion, kind, namespace: first, name: second }
}

/** A finding with one observation about its object. */
export const finding = (
  code: Finding['code'],
  object: string,
  more: Partial<Omit<Finding, 'object' | 'code'>> = {},
): Finding => ({
  code,
  object: ref(object),
  severity: 'critical',
  summary: `${code} of ${object}`,
  confidence: 0.9,
  evidence: [{ kind: 'status', about: ref(object), text: `seen ${code}` }],
  ...more,
})

/** A Deployment, its ReplicaSet, one pod and a Service of the same name, as YAML. */
export const app = (
  namespace: string,
  name: string,
  options: { readonly ready?: boolean; readonly node?: string; readonly container?: string } = {},
): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace}, uid: d-${namespace}-${name} }
spec:
  replicas: 1
  selector: { matchLabels: { app: ${name} } }
  template: { metadata: { labels: { app: ${name} } }, spec: { containers: [{ name: app, image: 'x:1', ${options.container ?? ''} }] } }
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: ${name}-5d4f
  namespace: ${namespace}
  uid: r-${namespace}-${name}
  ownerReferences: [{ apiVersion: apps/v1, kind: Deployment, name: ${name}, uid: d-${namespace}-${name}, controller: true }]
spec: { replicas: 1, selector: { matchLabels: { app: ${name} } } }
---
apiVersion: v1
kind: Pod
metadata:
  name: ${name}-5d4f-a
  namespace: ${namespace}
  uid: p-${namespace}-${name}
  labels: { app: ${name} }
  ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: ${name}-5d4f, uid: r-${namespace}-${name}, controller: true }]
spec: { nodeName: ${options.node ?? 'worker-1'}, containers: [{ name: app, image: 'x:1', ${options.container ?? ''} }] }
status: { phase: Running, conditions: [{ type: Ready, status: '${options.ready === true ? 'True' : 'False'}', lastTransitionTime: '2026-11-20T09:00:00Z' }] }
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { selector: { app: ${name} }, ports: [{ port: 80 }] }
`
