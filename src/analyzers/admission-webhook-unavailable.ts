import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type AdmissionWebhook, refOf, type WebhookConfiguration } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import { type ObjectRef, refKey, refText } from '../domain/object.ts'
import { earliest } from '../domain/time.ts'
import { count, short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { type RefusedCreation, refusalsOf, refusedCreations } from './reading/refused-creations.ts'
import { isReady, severityOf } from './reading/workload-health.ts'

type Service = { readonly namespace: string; readonly name: string }

const configurations = (view: ClusterView): readonly WebhookConfiguration[] => [
  ...view.all('ValidatingWebhookConfiguration'),
  ...view.all('MutatingWebhookConfiguration'),
]

const serviceOf = (hook: AdmissionWebhook | undefined): Service | undefined => {
  const service = hook?.clientConfig?.service
  if (service?.name === undefined || service.namespace === undefined) return undefined
  return { namespace: service.namespace, name: service.name }
}

/** What is wrong behind a webhook's Service: the words, and what would be the deeper cause. */
type Behind = { readonly text: string; readonly dependsOn: readonly ObjectRef[] }

const behind = (view: ClusterView, target: Service): Behind | undefined => {
  const ref: ObjectRef = { apiVersion: 'v1', kind: 'Service', ...target }
  const presence = view.presence('Service', target.namespace, target.name)
  if (presence === 'absent') {
    const names = view.all('Service').filter((one) => one.metadata.namespace === target.namespace)
    const near = nearestName(
      target.name,
      names.map((one) => one.metadata.name),
    )
    return {
      text: `its Service ${target.namespace}/${target.name} does not exist${near === undefined ? '' : ` (did you mean ${near}?)`}`,
      dependsOn: [],
    }
  }
  const service = view.get('Service', target.namespace, target.name)
  const selector = service?.spec?.selector
  if (service === undefined || selector === undefined || !view.complete('Pod')) return undefined
  const pods = view.podsSelected(target.namespace, { matchLabels: selector })
  if (pods.some(isReady)) return undefined
  const workloads = new Map(pods.map((pod) => [refKey(view.workloadOf(pod).ref), view.workloadOf(pod).ref]))
  const idle = view.workloads.filter(
    (one) =>
      one.ref.namespace === target.namespace &&
      Object.entries(selector).every(([key, value]) => one.template?.metadata?.labels?.[key] === value),
  )
  for (const one of idle) workloads.set(refKey(one.ref), one.ref)
  const state = pods.length === 0 ? 'selects no pods' : `has no ready pod (${count(pods.length, 'pod')} not ready)`
  return { text: `its Service ${target.namespace}/${target.name} ${state}`, dependsOn: [ref, ...workloads.values()] }
}

const reasonText = (reason: string): string => {
  const cause =
    /(service "[^"]+" not found|no endpoints available for service "[^"]+"|x509: [^,]+|connection refused|context deadline exceeded|i\/o timeout|no such host|EOF|the server could not find the requested resource|no route to host|tls: [^,]+)/.exec(
      reason,
    )?.[1]
  return short(cause ?? reason, 220)
}

const fixFor = (configuration: ObjectRef, service: Service | undefined, reason: string): readonly string[] => {
  const where = service === undefined ? undefined : `kubectl -n ${service.namespace}`
  const certificate = /x509|tls:|certificate/i.test(reason)
  return [
    ...(certificate
      ? [
          `Renew the webhook's certificate or its caBundle so that they match again (cert-manager's ca-injector, or the operator that writes it): ${kubectl(configuration, 'get', '-o yaml')}`,
        ]
      : where === undefined
        ? []
        : [`Bring the webhook's server back: ${where} get service,endpointslices,pods`]),
    `If what it belongs to was removed, remove the left-over configuration: ${kubectl(configuration, 'delete')}`,
    `As a stop-gap, let requests pass while it is down: set failurePolicy: Ignore: ${kubectl(configuration, 'edit')}`,
  ]
}

const fromRefusals = (view: ClusterView): readonly Finding[] => {
  const groups = new Map<string, RefusedCreation<'webhook-unavailable'>[]>()
  for (const one of refusalsOf(refusedCreations(view), 'webhook-unavailable')) {
    groups.set(one.refused.webhook, [...(groups.get(one.refused.webhook) ?? []), one])
  }
  return [...groups].flatMap(([webhook, ones]) => {
    const [first] = ones
    if (first === undefined) return []
    const configuration = configurations(view).find((one) => one.webhooks?.some((hook) => hook.name === webhook))
    const hook = configuration?.webhooks?.find((one) => one.name === webhook)
    const object: ObjectRef =
      configuration === undefined
        ? { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', name: webhook }
        : refOf(configuration)
    const service = serviceOf(hook) ?? first.refused.service
    const deeper = service === undefined ? undefined : behind(view, service)
    const workloads = [...new Map(ones.map((one) => [refKey(one.workload), one.workload])).values()]
    const since = earliest(ones.map((one) => one.since))
    return [
      {
        code: 'admission-webhook-unavailable' as const,
        severity: workloads.some((ref) => severityOf(view, ref) === 'critical')
          ? ('critical' as const)
          : ('warning' as const),
        object,
        summary: `Admission webhook ${webhook} cannot be called (${reasonText(first.refused.reason)})${deeper === undefined ? '' : `: ${deeper.text}`}; it blocks ${some(workloads.map(refText))}`,
        evidence: [
          ...ones.slice(0, 3).map((one) => one.evidence),
          ...(deeper === undefined ? [] : [{ kind: 'computed' as const, about: object, text: deeper.text }]),
        ],
        confidence: 0.93,
        affects: workloads,
        ...(since === undefined ? {} : { since }),
        ...(deeper === undefined || deeper.dependsOn.length === 0 ? {} : { dependsOn: deeper.dependsOn }),
        fix: fixFor(object, service, first.refused.reason),
        prevention: [
          'Run webhooks with two replicas and a PodDisruptionBudget, and leave their own namespace and kube-system out of their selector.',
        ],
        facts: { webhook },
      },
    ]
  })
}

// Nothing has run into it yet, but everything that its rules match will.
const fromConfigurations = (view: ClusterView, named: ReadonlySet<string>): readonly Finding[] =>
  configurations(view).flatMap((configuration) => {
    const object = refOf(configuration)
    if (named.has(refKey(object))) return []
    const dead = (configuration.webhooks ?? []).flatMap((hook) => {
      const service = serviceOf(hook)
      if (hook.failurePolicy === 'Ignore' || service === undefined) return []
      const deeper = behind(view, service)
      return deeper === undefined ? [] : [{ hook, service, deeper }]
    })
    const [first] = dead
    if (first === undefined) return []
    const targets = [...new Set(dead.flatMap(({ hook }) => (hook.rules ?? []).flatMap((rule) => rule.resources ?? [])))]
    const missing = first.deeper.dependsOn.length === 0
    return [
      {
        code: 'admission-webhook-unavailable' as const,
        severity: 'warning' as const,
        object,
        summary: `${object.kind} ${object.name}: ${first.deeper.text}, and its failurePolicy is Fail, so every change to ${targets.length === 0 ? 'what it matches' : some(targets)} is refused`,
        evidence: [
          {
            kind: 'computed' as const,
            about: object,
            text: `webhook ${first.hook.name ?? '?'} (failurePolicy ${first.hook.failurePolicy ?? 'Fail'}): ${first.deeper.text}`,
          },
        ],
        confidence: missing ? 0.8 : 0.65,
        ...(missing ? {} : { symptom: true, dependsOn: first.deeper.dependsOn }),
        fix: fixFor(object, first.service, ''),
      },
    ]
  })

/** Webhooks that cannot be called: told by refused requests, or by a configuration whose Service or pods are not there. */
export const analyzer: Analyzer = {
  id: 'admission-webhook-unavailable',
  codes: ['admission-webhook-unavailable'],
  needs: ['events', 'services', 'pods'],
  analyze: (view) => {
    const told = fromRefusals(view)
    return [...told, ...fromConfigurations(view, new Set(told.map((finding) => refKey(finding.object))))]
  },
}
