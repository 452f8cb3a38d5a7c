import type { LimitRule, Refused } from '../domain/admission-message.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { amountText, parseQuantity } from '../domain/quantity.ts'
import { earliest } from '../domain/time.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { largestUser } from './reading/quota-usage.ts'
import { type Creation, type RefusedCreation, refusalsOf, refusedCreations } from './reading/refused-creations.ts'
import { severityOf } from './reading/workload-health.ts'

type Named = Pick<Finding, 'code' | 'summary' | 'fix' | 'confidence'> &
  Partial<Pick<Finding, 'prevention' | 'contributing' | 'facts'>> & { readonly object: ObjectRef }

const inNamespace = (namespace: string | undefined): { readonly namespace?: string } =>
  namespace === undefined ? {} : { namespace }

const who = (one: Creation): string => `${one.workload.kind} ${one.workload.name}`

const quotaRef = (one: Creation, name: string): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  ...inNamespace(one.namespace),
  name,
})

const overText = (refused: Extract<Refused, { kind: 'quota-exceeded' }>): string =>
  Object.keys(refused.requested)
    .map(
      (name) =>
        `${name}: wants ${refused.requested[name]} more, ${refused.used[name] ?? '?'} of ${refused.limited[name] ?? '?'} used`,
    )
    .join('; ')

// Room again by the quota's own status, and nothing refused for minutes: it has recovered.
const hasRoomNow = (view: ClusterView, one: RefusedCreation<'quota-exceeded'>): boolean => {
  const status = view.get('ResourceQuota', one.namespace, one.refused.quota)?.status
  if (status?.hard === undefined || status.used === undefined) return false
  return Object.entries(one.refused.requested).every(([name, text]) => {
    const [hard, used, wanted] = [status.hard?.[name], status.used?.[name], text].map(parseQuantity)
    return hard !== undefined && used !== undefined && wanted !== undefined && used + wanted <= hard
  })
}

const nameQuota = (view: ClusterView, one: RefusedCreation<'quota-exceeded'>): Named => {
  const { refused } = one
  const object = quotaRef(one, refused.quota)
  const [resource = 'pods'] = Object.keys(refused.requested)
  const user = largestUser(view, one.namespace, resource)
  const total = (parseQuantity(refused.used[resource]) ?? 0) + (parseQuantity(refused.requested[resource]) ?? 0)
  return {
    code: 'quota-exceeded',
    object,
    confidence: 0.95,
    summary: `${who(one)} cannot create pods: exceeded quota ${refused.quota} (${overText(refused)})${user === undefined ? '' : `; most of it goes to ${user}`}`,
    fix: [
      `See the quota: ${kubectl(object, 'describe')}`,
      `Raise it where the namespace should have more (needs at least ${resource}=${amountText(resource, total)}): ${kubectl(object, 'patch', `--type=merge -p '{"spec":{"hard":{"${resource}":"AMOUNT"}}}'`)}`,
      `Or ask for less: lower requests, limits or replicas of ${who(one)}${user === undefined ? '' : ` or of ${user}`}.`,
    ],
    ...(user === undefined ? {} : { contributing: [`most of ${resource} goes to ${user}`] }),
    prevention: ['Alert at 90 % of a quota (kube_resourcequota), before the next rollout needs its surge pods.'],
    facts: { resource, suggestedHard: amountText(resource, total) },
  }
}

const nameRequires = (one: RefusedCreation<'quota-requires'>): Named => ({
  code: 'quota-requires-resources',
  object: quotaRef(one, one.refused.quota),
  confidence: 0.95,
  summary: `${who(one)} cannot create pods: quota ${one.refused.quota} demands resources that its pods do not state (must specify ${one.refused.missing})`,
  fix: [
    `State them in the pod template: ${kubectl(one.workload, 'set resources', '--requests=cpu=100m,memory=128Mi --limits=memory=256Mi')}`,
    'Or give the namespace defaults with a LimitRange (default, defaultRequest).',
  ],
  prevention: ['A namespace with a quota on requests or limits needs a LimitRange with defaults.'],
  facts: { missing: one.refused.missing },
})

const breaks = (rule: LimitRule, allowed: Readonly<Record<string, string>> | undefined): boolean =>
  allowed?.[rule.resource] !== undefined && parseQuantity(allowed[rule.resource]) === parseQuantity(rule.allowed)

const limitRangeOf = (view: ClusterView, one: RefusedCreation<'limit-range'>): ObjectRef => {
  const ranges = view.all('LimitRange').filter((range) => range.metadata.namespace === one.namespace)
  const match = ranges.find((range) =>
    one.refused.rules.some((rule) =>
      (range.spec?.limits ?? []).some((limit) => {
        if (limit.type !== rule.type) return false
        const bound = rule.bound === 'max' ? limit.max : rule.bound === 'min' ? limit.min : limit.maxLimitRequestRatio
        return breaks(rule, bound)
      }),
    ),
  )
  const range = match ?? ranges[0]
  if (range !== undefined) return refOf(range)
  return { apiVersion: 'v1', kind: 'LimitRange', ...inNamespace(one.namespace), name: 'unknown' }
}

const nameLimitRange = (view: ClusterView, one: RefusedCreation<'limit-range'>): Named => {
  const object = limitRangeOf(view, one)
  return {
    code: 'limit-range-violation',
    object,
    confidence: 0.95,
    summary: `${who(one)} cannot create what it wants: LimitRange ${object.name} forbids it (${short(one.refused.rules.map((rule) => rule.text).join('; '), 300)})`,
    fix: [
      `Bring the workload within the bounds: ${kubectl(one.workload, 'set resources', '--requests=… --limits=…')}`,
      `Or change the bound, where it is wrong: ${kubectl(object, 'edit')}`,
    ],
    prevention: [
      'Check manifests against the LimitRange of their namespace with a server-side dry-run before they are merged.',
    ],
  }
}

const nameSecurity = (one: RefusedCreation<'pod-security'>): Named => {
  const name = one.namespace ?? 'default'
  return {
    code: 'pod-security-violation',
    object: { apiVersion: 'v1', kind: 'Namespace', name },
    confidence: 0.95,
    summary: `${who(one)} cannot create pods: namespace ${name} enforces Pod Security "${one.refused.level}", and they violate it: ${short(one.refused.violations, 300)}`,
    fix: [
      `Bring the pod template up to the level (runAsNonRoot, allowPrivilegeEscalation: false, capabilities drop ALL, seccompProfile RuntimeDefault, as named above): ${kubectl(one.workload, 'edit')}`,
      `Only if it must have those rights: kubectl label namespace ${name} pod-security.kubernetes.io/enforce=baseline --overwrite`,
    ],
    prevention: ['Set the warn and audit labels one level ahead of enforce, and read the warnings before raising it.'],
    facts: { level: one.refused.level },
  }
}

const webhookConfiguration = (view: ClusterView, webhook: string): ObjectRef => {
  for (const kind of ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'] as const) {
    const found = view.all(kind).find((one) => (one.webhooks ?? []).some((hook) => hook.name === webhook))
    if (found !== undefined) return refOf(found)
  }
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', name: webhook }
}

const nameWebhook = (view: ClusterView, one: RefusedCreation<'webhook-denied'>): Named => {
  const object = webhookConfiguration(view, one.refused.webhook)
  return {
    code: 'admission-denied',
    object,
    confidence: 0.9,
    summary: `${who(one)} is refused by admission webhook ${one.refused.webhook}: ${short(one.refused.reason, 300)}`,
    fix: [
      `Change the workload so that it meets the rule: ${kubectl(one.workload, 'edit')}`,
      `Or, where the rule is wrong, change the policy behind the webhook: ${kubectl(object, 'describe')}`,
    ],
    prevention: ['Run the same policies in CI, against the manifests, so that a refusal shows before the deploy.'],
    facts: { webhook: one.refused.webhook },
  }
}

const namePolicy = (one: RefusedCreation<'policy-denied'>): Named => {
  const object: ObjectRef = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    name: one.refused.policy,
  }
  return {
    code: 'admission-denied',
    object,
    confidence: 0.95,
    summary: `${who(one)} is refused by ValidatingAdmissionPolicy ${one.refused.policy}: ${short(one.refused.reason, 300)}`,
    fix: [
      `Change the workload so that it meets the rule: ${kubectl(one.workload, 'edit')}`,
      `Or, where the rule is wrong: ${kubectl(object, 'edit')}`,
    ],
    prevention: ['Bind new policies with validationActions: [Warn, Audit] first.'],
  }
}

const named = (view: ClusterView): readonly { readonly one: Creation; readonly name: Named }[] => {
  const all = refusedCreations(view)
  return [
    ...refusalsOf(all, 'quota-exceeded')
      .filter((one) => !hasRoomNow(view, one))
      .map((one) => ({ one, name: nameQuota(view, one) })),
    ...refusalsOf(all, 'quota-requires').map((one) => ({ one, name: nameRequires(one) })),
    ...refusalsOf(all, 'limit-range').map((one) => ({ one, name: nameLimitRange(view, one) })),
    ...refusalsOf(all, 'pod-security').map((one) => ({ one, name: nameSecurity(one) })),
    ...refusalsOf(all, 'webhook-denied').map((one) => ({ one, name: nameWebhook(view, one) })),
    ...refusalsOf(all, 'policy-denied').map((one) => ({ one, name: namePolicy(one) })),
  ]
}

/** What delivers objects runs none itself: that one of its changes is refused does not mean that something is down. */
const runsPods = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Rollout', 'Pod'])

/** Pods and objects that the API server refuses to create: quotas, limit ranges, Pod Security, webhooks and policies. */
export const analyzer: Analyzer = {
  id: 'admission-refusals',
  codes: [
    'quota-exceeded',
    'quota-requires-resources',
    'limit-range-violation',
    'pod-security-violation',
    'admission-denied',
  ],
  needs: ['events', 'replicasets'],
  analyze: (view) => {
    const groups = new Map<string, { readonly ones: Creation[]; readonly name: Named }>()
    for (const { one, name } of named(view)) {
      const key = `${name.code} ${refKey(name.object)}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { ones: [one], name })
      else group.ones.push(one)
    }
    return [...groups.values()].map(({ ones, name }): Finding => {
      const workloads = [...new Map(ones.map((one) => [refKey(one.workload), one.workload])).values()]
      const since = earliest(ones.map((one) => one.since))
      const others = workloads.slice(1).map((ref) => `${ref.kind} ${ref.name}`)
      return {
        ...name,
        severity: workloads.some((ref) => runsPods.has(ref.kind) && severityOf(view, ref) === 'critical')
          ? 'critical'
          : 'warning',
        summary: others.length === 0 ? name.summary : `${name.summary}; also ${some(others)}`,
        evidence: ones.slice(0, 4).map((one) => one.evidence),
        affects: workloads,
        ...(since === undefined ? {} : { since }),
      }
    })
  },
}
