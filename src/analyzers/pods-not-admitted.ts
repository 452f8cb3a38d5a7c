import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type LimitRange, type PodSpec, type PodTemplate, refOf } from '../domain/kubernetes.ts'
import { limitRangeBreaks } from '../domain/limit-range.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { type PodSecurityLevel, podSecurityViolations } from '../domain/pod-security.ts'
import { amountText } from '../domain/quantity.ts'
import { countsPod, type OverQuota, overQuota, unstated } from '../domain/quota.ts'
import { earliest } from '../domain/time.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { podShortages, replicaSetShortages, type Shortage } from './reading/pod-shortage.ts'
import { largestUser } from './reading/quota-usage.ts'
import { refusedCreations } from './reading/refused-creations.ts'
import { severityOf } from './reading/workload-health.ts'

const patience = 120

/** An owner that lacks pods, what they would be made from, and where. */
type Lack = {
  readonly shortage: Shortage
  readonly workload: ObjectRef
  readonly namespace: string
  readonly spec: PodSpec
}

type Refusal = Pick<Finding, 'code' | 'object' | 'summary' | 'fix' | 'prevention' | 'facts'> & { readonly why: string }

const who = ({ workload }: Lack): string => `${workload.kind} ${workload.name}`

const madeText = ({ shortage: { made, wanted } }: Lack): string => `${made} of ${wanted} pods made`

const rangesOf = (view: ClusterView, namespace: string): readonly LimitRange[] =>
  view.all('LimitRange').filter((one) => one.metadata.namespace === namespace)

const byLimitRange = (view: ClusterView, lack: Lack): Refusal | undefined => {
  const ranges = rangesOf(view, lack.namespace)
  for (const range of ranges) {
    const broken = limitRangeBreaks(lack.spec, range, ranges)
    if (broken.length === 0) continue
    const object = refOf(range)
    const why = broken.map(({ container, rule }) => `container ${container}: ${rule}`).join('; ')
    return {
      code: 'limit-range-violation',
      object,
      why,
      summary: `${who(lack)} cannot create its pods (${madeText(lack)}): LimitRange ${object.name} forbids them by its own numbers (${short(why, 240)})`,
      fix: [
        `Bring the workload within the bounds: ${kubectl(lack.workload, 'set resources', '--requests=… --limits=…')}`,
        `Or change the bound, where it is wrong: ${kubectl(object, 'edit')}`,
      ],
      prevention: [
        'Check manifests against the LimitRange of their namespace with a server-side dry-run before they are merged.',
      ],
    }
  }
  return undefined
}

const levelOf = (view: ClusterView, namespace: string): PodSecurityLevel | undefined => {
  const level = view.get('Namespace', undefined, namespace)?.metadata.labels?.['pod-security.kubernetes.io/enforce']
  return level === 'baseline' || level === 'restricted' ? level : undefined
}

const bySecurity = (view: ClusterView, lack: Lack): Refusal | undefined => {
  const level = levelOf(view, lack.namespace)
  const violations = level === undefined ? [] : podSecurityViolations(lack.spec, level)
  if (level === undefined || violations.length === 0) return undefined
  const why = violations.join('; ')
  const name = lack.namespace
  return {
    code: 'pod-security-violation',
    object: { apiVersion: 'v1', kind: 'Namespace', name },
    why: `enforces Pod Security "${level}", and the pod template has ${why}`,
    summary: `${who(lack)} cannot create its pods (${madeText(lack)}): namespace ${name} enforces Pod Security "${level}", and the template violates it: ${short(why, 240)}`,
    fix: [
      `Bring the pod template up to the level: ${kubectl(lack.workload, 'edit')}`,
      `Only if it must have those rights: kubectl label namespace ${name} pod-security.kubernetes.io/enforce=${level === 'restricted' ? 'baseline' : 'privileged'} --overwrite`,
    ],
    prevention: ['Set the warn and audit labels one level ahead of enforce, and read the warnings before raising it.'],
    facts: { level },
  }
}

const quotasOf = (view: ClusterView, lack: Lack) =>
  view
    .all('ResourceQuota')
    .filter((one) => one.metadata.namespace === lack.namespace && countsPod(one, lack.spec) === true)

const byUnstated = (view: ClusterView, lack: Lack): Refusal | undefined => {
  const ranges = rangesOf(view, lack.namespace)
  for (const quota of quotasOf(view, lack)) {
    const missing = unstated(quota, lack.spec, ranges)
    if (missing.length === 0) continue
    const object = refOf(quota)
    const texts = missing.map(({ container, resource }) => `${resource} for: ${container}`)
    return {
      code: 'quota-requires-resources',
      object,
      why: `must specify ${texts.join('; ')}`,
      summary: `${who(lack)} cannot create its pods (${madeText(lack)}): quota ${object.name} demands resources that they do not state (must specify ${some(texts)})`,
      fix: [
        `State them in the pod template: ${kubectl(lack.workload, 'set resources', '--requests=cpu=100m,memory=128Mi --limits=memory=256Mi')}`,
        'Or give the namespace defaults with a LimitRange (default, defaultRequest).',
      ],
      prevention: ['A namespace with a quota on requests or limits needs a LimitRange with defaults.'],
      facts: { missing: missing.map(({ resource }) => resource).join(',') },
    }
  }
  return undefined
}

const overText = ({ resource, wants, used, hard }: OverQuota): string =>
  `${resource}: one pod wants ${amountText(resource, wants)} more, ${amountText(resource, used)} of ${amountText(resource, hard)} used`

const byQuota = (view: ClusterView, lack: Lack): Refusal | undefined => {
  const ranges = rangesOf(view, lack.namespace)
  for (const quota of quotasOf(view, lack)) {
    const over = overQuota(quota, lack.spec, ranges)
    const [first] = over
    if (first === undefined) continue
    const object = refOf(quota)
    const user = largestUser(view, lack.namespace, first.resource)
    const needed = amountText(first.resource, first.used + first.wants * (lack.shortage.wanted - lack.shortage.made))
    return {
      code: 'quota-exceeded',
      object,
      why: over.map(overText).join('; '),
      summary: `${who(lack)} cannot create its pods (${madeText(lack)}): quota ${object.name} would be exceeded (${over.map(overText).join('; ')})${user === undefined ? '' : `; most of it goes to ${user}`}`,
      fix: [
        `See the quota: ${kubectl(object, 'describe')}`,
        `Raise it where the namespace should have more (needs at least ${first.resource}=${needed}): ${kubectl(object, 'patch', `--type=merge -p '{"spec":{"hard":{"${first.resource}":"AMOUNT"}}}'`)}`,
        `Or ask for less: lower requests, limits or replicas of ${who(lack)}${user === undefined ? '' : ` or of ${user}`}.`,
      ],
      prevention: ['Alert at 90 % of a quota (kube_resourcequota), before the next rollout needs its surge pods.'],
      facts: { resource: first.resource, suggestedHard: needed },
    }
  }
  return undefined
}

const templateOf = (shortage: Shortage): PodTemplate | undefined =>
  (shortage.owner as { readonly spec?: { readonly template?: PodTemplate } }).spec?.template

// What the API server, a controller or an event said about it goes before what can be computed.
const lacks = (view: ClusterView): readonly Lack[] => {
  const all = [...podShortages(view, patience), ...replicaSetShortages(view, patience)]
  if (all.length === 0) return []
  const seen = new Set(refusedCreations(view).map((one) => refKey(one.workload)))
  return all.flatMap((shortage): readonly Lack[] => {
    const workload = view.workloadOf(shortage.owner).ref
    const spec = templateOf(shortage)?.spec
    const { namespace } = shortage.owner.metadata
    if (spec === undefined || namespace === undefined || seen.has(refKey(workload))) return []
    seen.add(refKey(workload))
    return [{ shortage, workload, namespace, spec }]
  })
}

/** Pods that nobody made and nothing was said about: what admission would say to them, by the numbers and labels there are. */
export const analyzer: Analyzer = {
  id: 'pods-not-admitted',
  codes: ['limit-range-violation', 'pod-security-violation', 'quota-requires-resources', 'quota-exceeded'],
  needs: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'],
  analyze: (view) => {
    const groups = new Map<string, { readonly first: Refusal; readonly all: { lack: Lack; refusal: Refusal }[] }>()
    for (const lack of lacks(view)) {
      // In the order in which the API server asks: it stops at the first no.
      const refusal =
        byLimitRange(view, lack) ?? bySecurity(view, lack) ?? byUnstated(view, lack) ?? byQuota(view, lack)
      if (refusal === undefined) continue
      const key = `${refusal.code} ${refKey(refusal.object)}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { first: refusal, all: [{ lack, refusal }] })
      else group.all.push({ lack, refusal })
    }
    return [...groups.values()].map(({ first, all }): Finding => {
      const { why: _, ...finding } = first
      // Where some were made, nothing tells since when the others are wanted.
      const since = earliest(all.map(({ lack }) => (lack.shortage.made === 0 ? lack.shortage.since : undefined)))
      const others = all.slice(1).map(({ lack }) => who(lack))
      return {
        ...finding,
        severity: all.some(({ lack }) => severityOf(view, lack.workload) === 'critical') ? 'critical' : 'warning',
        summary: others.length === 0 ? first.summary : `${first.summary}; also ${some(others)}`,
        evidence: all
          .slice(0, 3)
          .flatMap(({ lack, refusal }) => [
            observe(
              'status',
              refOf(lack.shortage.owner),
              `${lack.shortage.wanted} wanted, ${lack.shortage.made} made`,
              lack.shortage.since,
            ),
            observe('computed', refusal.object, refusal.why),
          ]),
        confidence: 0.85,
        affects: all.map(({ lack }) => lack.workload),
        ...(since === undefined ? {} : { since }),
      }
    })
  },
}
