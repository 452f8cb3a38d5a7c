import { at, listAt, numberAt, textAt } from '../domain/at.ts'
import type { Observation } from '../domain/evidence.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Deployment, type KubeObject, refOf, type Service, type StatefulSet } from '../domain/kubernetes.ts'
import { dependencyIn } from '../domain/log-dependency.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { matchesLabels } from '../domain/selector.ts'
import { within } from '../domain/time.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { digestOf } from './reading/logs.ts'
import { isUnwell, neededServices } from './reading/needed-services.ts'

type Scaled = Deployment | StatefulSet

/** A sign that something wants the workload to run; the surer, the higher. */
type Want = {
  readonly text: string
  readonly evidence: Observation
  readonly confidence: number
  readonly hurt?: ObjectRef
}

const purpose =
  /downscaler|downtime|sleep|suspend|maintenance|decommission|deprecated|hibernat|scale-?to-?zero|keda|knative/i

// Somebody, or an autoscaler that may go to zero, says so on the object.
const onPurpose = (view: ClusterView, owner: Scaled): boolean => {
  const { annotations = {}, labels = {}, namespace, name } = owner.metadata
  const notes = [...Object.entries(annotations), ...Object.entries(labels)].filter(
    ([key]) => !key.startsWith('kubectl.'),
  )
  if (notes.some(([key, value]) => purpose.test(key) || /^(?:paused|sleeping|disabled|parked)$/i.test(value)))
    return true
  return view
    .list('ScaledObject', 'keda.sh')
    .some(
      (one) =>
        one.metadata.namespace === namespace &&
        textAt(one, 'spec', 'scaleTargetRef', 'name') === name &&
        (numberAt(one, 'spec', 'minReplicaCount') ?? 0) === 0,
    )
}

const servicesOf = (view: ClusterView, owner: Scaled): readonly Service[] =>
  view.all('Service').filter((service) => {
    const { selector } = service.spec ?? {}
    if (service.metadata.namespace !== owner.metadata.namespace || selector === undefined) return false
    if (Object.keys(selector).length === 0 || !matchesLabels(selector, owner.spec?.template?.metadata?.labels))
      return false
    // Another colour or version behind the same Service serves in its place.
    return view.podsSelected(owner.metadata.namespace ?? '', { matchLabels: selector }).length === 0
  })

const byAlert = (view: ClusterView, owner: Scaled, services: readonly Service[]): readonly Want[] => {
  const names = new Set([owner.metadata.name, ...services.map((one) => one.metadata.name)])
  return view.alerts.flatMap((alert) => {
    const { namespace } = alert.labels
    if (namespace !== undefined && namespace !== owner.metadata.namespace) return []
    if (!Object.values(alert.labels).some((value) => names.has(value))) return []
    const text = `alert ${alert.labels['alertname'] ?? ''} fires for it`
    return [{ text, evidence: observe('alert', refOf(owner), text), confidence: 0.9 }]
  })
}

const backendsOf = (
  view: ClusterView,
): readonly { readonly route: KubeObject; readonly namespace?: string; readonly name: string }[] => [
  ...view.all('Ingress').flatMap((route) =>
    [
      route.spec?.defaultBackend,
      ...(route.spec?.rules ?? []).flatMap((rule) => (rule.http?.paths ?? []).map((path) => path.backend)),
    ].flatMap((backend) => {
      const name = backend?.service?.name
      const { namespace } = route.metadata
      return name === undefined ? [] : [{ route, name, ...(namespace === undefined ? {} : { namespace }) }]
    }),
  ),
  ...view.list('HTTPRoute', 'gateway.networking.k8s.io').flatMap((route) =>
    listAt(route, 'spec', 'rules').flatMap((rule) =>
      listAt(rule, 'backendRefs').flatMap((backend) => {
        const name = textAt(backend, 'name')
        const namespace = textAt(backend, 'namespace') ?? route.metadata.namespace
        const weight = at(backend, 'weight')
        return name === undefined || weight === 0
          ? []
          : [{ route, name, ...(namespace === undefined ? {} : { namespace }) }]
      }),
    ),
  ),
]

const byRoute = (view: ClusterView, services: readonly Service[]): readonly Want[] =>
  backendsOf(view).flatMap(({ route, name, namespace }) => {
    if (!services.some((one) => one.metadata.name === name && one.metadata.namespace === namespace)) return []
    const text = `${route.kind} ${route.metadata.name} sends traffic to its Service ${name}`
    return [{ text, evidence: observe('spec', refOf(route), text), confidence: 0.8, hurt: refOf(route) }]
  })

const byAutoscaler = (view: ClusterView, owner: Scaled): readonly Want[] =>
  view.all('HorizontalPodAutoscaler').flatMap((hpa) => {
    const target = hpa.spec?.scaleTargetRef
    if (hpa.metadata.namespace !== owner.metadata.namespace) return []
    if (target?.kind !== owner.kind || target.name !== owner.metadata.name || hpa.spec?.minReplicas === 0) return []
    const text = `HorizontalPodAutoscaler ${hpa.metadata.name} wants at least ${hpa.spec?.minReplicas ?? 1}, but does nothing while replicas is 0`
    return [{ text, evidence: observe('status', refOf(hpa), text), confidence: 0.8, hurt: refOf(hpa) }]
  })

const byClient = (view: ClusterView, services: readonly Service[]): readonly Want[] => {
  if (services.length === 0) return []
  for (const pod of view.all('Pod')) {
    for (const log of view.logs(pod.metadata.namespace ?? '', pod.metadata.name)) {
      for (const entry of digestOf(log).entries) {
        const host = dependencyIn(entry.text)?.host
        if (host === undefined) continue
        const [name, namespace = pod.metadata.namespace] = host.split('.')
        const service = services.find((one) => one.metadata.name === name && one.metadata.namespace === namespace)
        if (service === undefined) continue
        const client = view.workloadOf(pod).ref
        const text = `${client.kind} ${client.name} calls it and fails`
        return [
          {
            text,
            evidence: observe('log', refOf(pod), `${log.container}: ${short(entry.text, 240)}`),
            confidence: 0.85,
            hurt: client,
          },
        ]
      }
    }
  }
  return []
}

// A client that names it in its settings: surely where the client is unwell, likely where it was scaled down just now.
const bySettings = (view: ClusterView, services: readonly Service[], recent: boolean): readonly Want[] => {
  if (services.length === 0) return []
  for (const workload of view.workloads) {
    if (view.podsOf(workload.ref).length === 0) continue
    const needed = neededServices(view, workload).find(({ service }) => services.includes(service))
    if (needed === undefined) continue
    const unwell = isUnwell(view, workload)
    if (!unwell && !recent) continue
    const { ref } = workload
    const text = `${ref.kind} ${ref.name} needs its Service ${needed.named.name} (${needed.setting.where})`
    const evidence = observe('spec', ref, `${needed.setting.where}: names Service ${needed.named.name}`)
    return [{ text, evidence, confidence: unwell ? 0.85 : 0.7, hurt: ref }]
  }
  return []
}

const scaleDown = (view: ClusterView, owner: Scaled) =>
  view
    .eventsFor(refOf(owner))
    .findLast((event) =>
      /[Ss]caled down replica set \S+ (?:from \d+ )?to 0|delete Pod \S+ in StatefulSet/.test(event.note ?? ''),
    )

/** Workloads at zero replicas that an alert, a route, an autoscaler or a failing client wants. Zero on purpose is silent. */
export const analyzer: Analyzer = {
  id: 'scaled-to-zero',
  codes: ['scaled-to-zero'],
  needs: ['deployments', 'statefulsets', 'services'],
  analyze: (view) =>
    [...view.all('Deployment'), ...view.all('StatefulSet')].flatMap((owner) => {
      if (owner.spec?.replicas !== 0 || owner.metadata.deletionTimestamp !== undefined || onPurpose(view, owner))
        return []
      const services = servicesOf(view, owner)
      const event = scaleDown(view, owner)
      const recent = within(event?.lastSeen, view.now, 86_400)
      const wants = [
        ...byAlert(view, owner, services),
        ...byClient(view, services),
        ...byRoute(view, services),
        ...byAutoscaler(view, owner),
        ...bySettings(view, services, recent),
      ]
      const [first] = wants
      if (first === undefined) return []
      const object = refOf(owner)
      const since = event?.lastSeen
      const confidence = Math.max(...wants.map((one) => one.confidence)) + (recent ? 0.05 : 0)
      const before = /from (\d+)(?: to 0)?\b/.exec(event?.note ?? '')?.[1]
      return [
        {
          code: 'scaled-to-zero' as const,
          severity: 'critical' as const,
          object,
          summary: `${owner.kind} ${object.name} is scaled to zero (replicas: 0), yet it is wanted: ${some(
            wants.map((one) => one.text),
            2,
          )}`,
          evidence: [
            observe('spec', object, 'spec.replicas: 0', since),
            ...wants.slice(0, 4).map((one) => one.evidence),
          ],
          confidence,
          affects: [...services.map(refOf), ...wants.flatMap((one) => one.hurt ?? [])],
          ...(since === undefined ? {} : { since }),
          ...(event === undefined || since === undefined
            ? {}
            : { change: { what: short(event.note ?? 'scaled to zero'), at: since, object } }),
          fix: [
            kubectl(object, 'scale', `--replicas=${before ?? '1'}`),
            'If it is managed by Git, change replicas there.',
          ],
          facts: { replicas: 0, suggestedReplicas: Number(before ?? 1) },
        },
      ]
    }),
}
