import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import {
  type AdmissionWebhook,
  type Container,
  type ContainerStatus,
  type Pod,
  type PodTemplate,
  refOf,
  type WebhookConfiguration,
} from '../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { parseQuantity } from '../domain/quantity.ts'
import { matchesSelector } from '../domain/selector.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { isReady, severityOf } from './reading/workload-health.ts'

/** A difference between a pod and its template that causes its fault. */
type Harm = { readonly text: string; readonly fault: string; readonly container: string }

const faultOf = (status: ContainerStatus | undefined): string | undefined => {
  if (status === undefined || (status.ready === true && (status.restartCount ?? 0) === 0)) return undefined
  const { waiting, terminated } = status.state ?? {}
  const last = terminated ?? status.lastState?.terminated
  if (last?.reason === 'OOMKilled') return `OOMKilled (exit ${last.exitCode ?? 137})`
  if (waiting?.reason !== undefined && !['PodInitializing', 'ContainerCreating'].includes(waiting.reason)) {
    return `${waiting.reason}${waiting.message === undefined ? '' : `: ${short(waiting.message, 140)}`}`
  }
  return last !== undefined && last.exitCode !== 0
    ? `exits with ${last.exitCode ?? '?'} (${last.reason ?? 'Error'})`
    : undefined
}

const statusOf = (pod: Pod, name: string): ContainerStatus | undefined =>
  [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    (one) => one.name === name,
  )

const isPull = (fault: string): boolean => /ImagePull|ErrImage|InvalidImageName|exec format/i.test(fault)

const lowered = (was: string | undefined, is: string | undefined): boolean => {
  const [before, after] = [parseQuantity(was), parseQuantity(is)]
  return after !== undefined && (before === undefined || after < before)
}

const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? []) !== JSON.stringify(b ?? [])

const changedIn = (made: Container, is: Container, fault: string, defaulted: boolean): string | undefined => {
  if (made.image !== is.image && made.image !== undefined)
    return `image is ${is.image ?? '?'}, the template says ${made.image}`
  const [was, now] = [made.resources?.limits?.['memory'], is.resources?.limits?.['memory']]
  if (!defaulted && fault.startsWith('OOMKilled') && lowered(was, now))
    return `memory limit is ${now}, the template says ${was ?? 'none'}`
  if (isPull(fault)) return undefined
  if (differs(made.command, is.command) || differs(made.args, is.args))
    return `command or args differ from the template (${[...(is.command ?? []), ...(is.args ?? [])].join(' ').slice(0, 100)})`
  const before = new Map((made.env ?? []).map((one) => [one.name, one.value]))
  const changed = (is.env ?? [])
    .filter((one) => before.has(one.name) && before.get(one.name) !== one.value)
    .flatMap((one) => one.name ?? [])
  if (changed.length > 0) return `env ${some(changed)} differs from the template`
  if (differs(made.securityContext, is.securityContext) && made.securityContext !== undefined)
    return 'securityContext differs from the template'
  return undefined
}

const allContainers = (spec: PodTemplate['spec']): readonly Container[] => [
  ...(spec?.initContainers ?? []),
  ...(spec?.containers ?? []),
]

/** What admission added to the placement of a pod that no node fits; a DaemonSet's own controller pins its pods too. */
const misplaced = (view: ClusterView, pod: Pod, template: PodTemplate): readonly Harm[] => {
  const scheduled = pod.status?.conditions?.find((one) => one.type === 'PodScheduled')
  if (scheduled?.status !== 'False' || !/affinity\/selector/.test(scheduled.message ?? '')) return []
  const before = template.spec?.nodeSelector ?? {}
  const byNamespace =
    view.get('Namespace', undefined, pod.metadata.namespace ?? '')?.metadata.annotations?.[
      'scheduler.alpha.kubernetes.io/node-selector'
    ] ?? ''
  const added = Object.entries(pod.spec?.nodeSelector ?? {}).filter(
    ([key, value]) => before[key] !== value && !byNamespace.includes(key),
  )
  const fits = view.all('Node').some((node) => added.every(([key, value]) => node.metadata.labels?.[key] === value))
  if (added.length === 0 || fits) return []
  const selector = added.map(([key, value]) => `${key}=${value}`).join(', ')
  return [
    {
      container: '',
      fault: 'unschedulable: no node has that label',
      text: `nodeSelector ${selector} is not in the template`,
    },
  ]
}

const harmsOf = (pod: Pod, template: PodTemplate): readonly Harm[] => {
  const made = new Map(allContainers(template.spec).map((one) => [one.name, one]))
  const defaulted = pod.metadata.annotations?.['kubernetes.io/limit-ranger'] !== undefined
  return allContainers(pod.spec).flatMap((is) => {
    const fault = faultOf(statusOf(pod, is.name))
    if (fault === undefined) return []
    const before = made.get(is.name)
    if (before === undefined)
      return [
        {
          container: is.name,
          fault,
          text: `container ${is.name} (${is.image ?? '?'}) was injected; the template has none of that name`,
        },
      ]
    const text = changedIn(before, is, fault, defaulted)
    return text === undefined ? [] : [{ container: is.name, fault, text: `container ${is.name}: ${text}` }]
  })
}

const mutatesPods = (hook: AdmissionWebhook): boolean =>
  (hook.rules ?? []).some((rule) =>
    (rule.resources ?? []).some((one) => one === 'pods' || one === '*' || one === '*/*' || one === 'pods/*'),
  )

const applies = (view: ClusterView, hook: AdmissionWebhook, pod: Pod): boolean => {
  const namespace = view.get('Namespace', undefined, pod.metadata.namespace ?? '')
  const home =
    hook.namespaceSelector === undefined ||
    namespace === undefined ||
    matchesSelector(hook.namespaceSelector, namespace.metadata.labels)
  return (
    mutatesPods(hook) &&
    home &&
    (hook.objectSelector === undefined || matchesSelector(hook.objectSelector, pod.metadata.labels))
  )
}

const generic = new Set([
  'sidecar',
  'injector',
  'webhook',
  'mutating',
  'config',
  'cluster',
  'local',
  'proxy',
  'agent',
  'container',
  'init',
  'admission',
  'default',
  'server',
  'https',
  'service',
])
const wordsOf = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 3 && !generic.has(word))

// The pod's own annotations and the injected names often carry the injector's name: sidecar.istio.io/status, vault-agent.
const likeness = (configuration: WebhookConfiguration, pod: Pod, template: PodTemplate, harm: Harm): number => {
  const own = template.metadata?.annotations ?? {}
  const added = Object.keys(pod.metadata.annotations ?? {}).filter((key) => own[key] === undefined)
  const image = allContainers(pod.spec).find((one) => one.name === harm.container)?.image ?? ''
  const marks = new Set([...added, harm.container, image].flatMap(wordsOf))
  const name = [
    configuration.metadata.name,
    ...(configuration.webhooks ?? []).flatMap((hook) => [
      hook.name ?? '',
      hook.clientConfig?.service?.name ?? '',
      hook.clientConfig?.service?.namespace ?? '',
    ]),
  ].flatMap(wordsOf)
  return name.filter((word) => marks.has(word)).length
}

const culprit = (
  view: ClusterView,
  pod: Pod,
  template: PodTemplate,
  harm: Harm,
): { readonly configuration: WebhookConfiguration; readonly sure: boolean } | undefined => {
  const candidates = view
    .all('MutatingWebhookConfiguration')
    .filter((one) => (one.webhooks ?? []).some((hook) => applies(view, hook, pod)))
    .map((configuration) => ({ configuration, score: likeness(configuration, pod, template, harm) }))
    .sort((a, b) => b.score - a.score)
  const [first, second] = candidates
  if (first === undefined) return undefined
  return { configuration: first.configuration, sure: second === undefined || first.score > second.score }
}

const templateOf = (view: ClusterView, pod: Pod): PodTemplate | undefined => {
  const [owner] = view.owners(pod)
  return owner === undefined
    ? undefined
    : (view.find(refOf(owner))?.spec as { readonly template?: PodTemplate } | undefined)?.template
}

const findingOf = (view: ClusterView, pod: Pod): Finding | undefined => {
  if (isReady(pod) || pod.metadata.deletionTimestamp !== undefined || pod.status?.phase === 'Succeeded')
    return undefined
  const template = templateOf(view, pod)
  const [harm] = template === undefined ? [] : [...harmsOf(pod, template), ...misplaced(view, pod, template)]
  if (template === undefined || harm === undefined) return undefined
  const found = culprit(view, pod, template, harm)
  if (found === undefined) return undefined
  const object: ObjectRef = refOf(found.configuration)
  const workload = view.workloadOf(pod).ref
  const since = pod.metadata.creationTimestamp
  return {
    code: 'admission-mutation-harmful',
    severity: severityOf(view, workload),
    object,
    summary: `${object.kind} ${object.name} changes the pods of ${workload.kind} ${workload.name} so that they fail: ${harm.text}, and it is ${harm.fault}`,
    evidence: [
      observe('computed', refOf(pod), `pod against the template of its owner: ${harm.text}`, since),
      observe('status', refOf(pod), `${harm.container === '' ? 'pod' : `container ${harm.container}`}: ${harm.fault}`),
      observe(
        'spec',
        object,
        `mutates pods here: ${some((found.configuration.webhooks ?? []).map((hook) => hook.name ?? ''))}`,
      ),
    ],
    confidence: found.sure ? 0.88 : 0.65,
    affects: [refOf(pod), workload],
    ...(since === undefined ? {} : { since }),
    fix: [
      `Correct what the webhook injects (its ConfigMap or policy), then replace the pods: ${kubectl(workload, 'rollout restart')}`,
      'To keep it away from this namespace meanwhile, use its opt-out label or annotation, or its namespaceSelector.',
    ],
    ...(harm.container === '' ? {} : { facts: { container: harm.container } }),
  }
}

/** Pods that differ from the template of their owner in just what makes them fail: an injected container, image or limit. */
export const analyzer: Analyzer = {
  id: 'admission-mutation-harmful',
  codes: ['admission-mutation-harmful'],
  needs: ['pods', 'mutatingwebhookconfigurations'],
  analyze: (view) => {
    if (view.all('MutatingWebhookConfiguration').length === 0) return []
    const found = new Map<string, Finding>()
    for (const pod of view.all('Pod')) {
      const finding = findingOf(view, pod)
      if (finding === undefined) continue
      const key = refKey(finding.object)
      const before = found.get(key)
      found.set(
        key,
        before === undefined
          ? finding
          : { ...before, affects: [...(before.affects ?? []), ...(finding.affects ?? [])] },
      )
    }
    return [...found.values()]
  },
}
