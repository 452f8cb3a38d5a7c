import { conditionsAt } from '../domain/at.ts'
import type { CauseCode } from '../domain/cause.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type KindMap, type KubeObject, type Pod, refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { earliest, timeOf, within } from '../domain/time.ts'
import { some } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { named, severityFor } from './reading/by-workload.ts'

type Kind = 'ServiceAccount' | 'PriorityClass' | 'RuntimeClass' | 'PersistentVolumeClaim'

type Missing = {
  readonly kind: Kind
  readonly name: string
  readonly workload: Workload
  readonly evidence: readonly Observation[]
  readonly said: boolean
  readonly since?: string
}

const shapes: Readonly<
  Record<
    Kind,
    { readonly code: CauseCode; readonly apiVersion: string; readonly namespaced: boolean; readonly text: RegExp }
  >
> = {
  ServiceAccount: {
    code: 'missing-service-account',
    apiVersion: 'v1',
    namespaced: true,
    text: /serviceaccounts? "([\w.-]{1,253})" not found|service account [\w.-]{1,63}[/:]([\w.-]{1,253})(?: was)? not found/i,
  },
  PriorityClass: {
    code: 'missing-priority-class',
    apiVersion: 'scheduling.k8s.io/v1',
    namespaced: false,
    text: /no PriorityClass with name ([\w.-]{1,253}) was found|priorityclass(?:es)?(?:\.scheduling\.k8s\.io)? "([\w.-]{1,253})" not found/i,
  },
  RuntimeClass: {
    code: 'missing-runtime-class',
    apiVersion: 'node.k8s.io/v1',
    namespaced: false,
    text: /RuntimeClass(?:es)?(?:\.node\.k8s\.io)? "([\w.-]{1,253})" not found|no runtime for "([\w.-]{1,253})" is configured/i,
  },
  PersistentVolumeClaim: {
    code: 'missing-pvc',
    apiVersion: 'v1',
    namespaced: true,
    text: /persistentvolumeclaims? "([\w.-]{1,253})" not found/i,
  },
}
const kinds = Object.keys(shapes) as readonly Kind[]

const wanted = (spec: Pod['spec'], kind: Kind): readonly string[] => {
  switch (kind) {
    case 'ServiceAccount':
      return spec?.serviceAccountName === undefined || spec.serviceAccountName === 'default'
        ? []
        : [spec.serviceAccountName]
    case 'PriorityClass':
      return spec?.priorityClassName === undefined ||
        spec.priorityClassName.startsWith('system-') ||
        spec.priorityClassName === ''
        ? []
        : [spec.priorityClassName]
    case 'RuntimeClass':
      return spec?.runtimeClassName === undefined ? [] : [spec.runtimeClassName]
    case 'PersistentVolumeClaim':
      return (spec?.volumes ?? []).flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? [])
  }
}

type Told = {
  readonly about: KubeObject
  readonly text: string
  readonly observation: Observation
  readonly last?: string
  readonly first?: string
}

const createReasons = [
  'FailedCreate',
  'FailedScheduling',
  'FailedCreatePodSandBox',
  'FailedMount',
  'ReplicaSetCreateError',
  'FailedCreatePod',
] as const

const told = (view: ClusterView): readonly Told[] => [
  ...createReasons.flatMap((reason) =>
    view.eventsByReason(reason).flatMap((event): Told[] => {
      const { regarding, note } = event
      if (note === undefined || regarding.kind === undefined || regarding.name === undefined) return []
      const namespace = regarding.namespace ?? event.metadata.namespace
      const about = view.find({
        apiVersion: regarding.apiVersion ?? '',
        kind: regarding.kind,
        name: regarding.name,
        ...(namespace === undefined ? {} : { namespace }),
      })
      return about === undefined
        ? []
        : [
            {
              about,
              text: note,
              observation: observeEvent(refOf(about), event),
              ...(event.lastSeen === undefined ? {} : { last: event.lastSeen }),
              ...(event.firstSeen === undefined ? {} : { first: event.firstSeen }),
            },
          ]
    }),
  ),
  ...view.all('ReplicaSet').flatMap((set): Told[] =>
    conditionsAt(set).flatMap((one) =>
      one.type === 'ReplicaFailure' && one.status === 'True' && one.message !== undefined
        ? [
            {
              about: set,
              text: one.message,
              observation: observe('status', refOf(set), `ReplicaFailure: ${one.message}`, one.lastTransitionTime),
              ...(one.lastTransitionTime === undefined ? {} : { first: one.lastTransitionTime, last: view.now }),
            },
          ]
        : [],
    ),
  ),
  ...view.all('Pod').flatMap((pod): Told[] =>
    (pod.status?.conditions ?? []).flatMap((one) =>
      one.type === 'PodScheduled' && one.status === 'False' && one.message !== undefined
        ? [
            {
              about: pod,
              text: one.message,
              observation: observe('status', refOf(pod), `PodScheduled: ${one.message}`, one.lastTransitionTime),
              ...(one.lastTransitionTime === undefined ? {} : { first: one.lastTransitionTime, last: view.now }),
            },
          ]
        : [],
    ),
  ),
]

// A creation that failed and then went well left only an old event.
const overcome = (view: ClusterView, one: Told): boolean => {
  const created = view
    .eventsFor(refOf(one.about))
    .findLast((event) => event.reason === 'SuccessfulCreate' || event.reason === 'Scheduled')
  const [after, failed] = [timeOf(created?.lastSeen), timeOf(one.last)]
  if (after !== undefined && failed !== undefined && after >= failed) return true
  return one.last !== undefined && !within(one.last, view.now, 4 * 3600)
}

const fromTold = (view: ClusterView): readonly Missing[] =>
  told(view).flatMap((one) =>
    kinds.flatMap((kind): Missing[] => {
      const found = shapes[kind].text.exec(one.text)
      const name = found?.[1] ?? found?.[2]
      if (name === undefined || overcome(view, one)) return []
      const workload = view.workloadOf(one.about)
      if (
        view.presence(kind as keyof KindMap, shapes[kind].namespaced ? workload.ref.namespace : undefined, name) ===
        'present'
      )
        return []
      return [
        {
          kind,
          name,
          workload,
          evidence: [one.observation],
          said: true,
          ...(one.first === undefined ? {} : { since: one.first }),
        },
      ]
    }),
  )

const lacksPods = (view: ClusterView, workload: Workload): boolean => {
  const pods = view.podsOf(workload.ref).filter((pod) => pod.metadata.deletionTimestamp === undefined)
  if (workload.ref.kind === 'CronJob' || workload.ref.kind === 'Job') return false
  return (workload.replicas ?? 1) > pods.filter((pod) => pod.status?.phase === 'Running').length
}

const fromSpecs = (view: ClusterView): readonly Missing[] =>
  view.workloads.flatMap((workload) =>
    kinds.flatMap((kind) => {
      const spec = workload.template?.spec ?? (workload.ref.kind === 'Pod' ? (workload.object as Pod).spec : undefined)
      return [...new Set(wanted(spec, kind))].flatMap((name): Missing[] => {
        const namespace = shapes[kind].namespaced ? workload.ref.namespace : undefined
        if (view.presence(kind as keyof KindMap, namespace, name) !== 'absent' || !lacksPods(view, workload)) return []
        return [
          {
            kind,
            name,
            workload,
            said: false,
            evidence: [
              observe(
                'spec',
                workload.ref,
                `its pod spec names ${kind} ${name}; there is none${namespace === undefined ? '' : ` in namespace ${namespace}`}`,
              ),
            ],
          },
        ]
      })
    }),
  )

const create: Readonly<Record<Kind, (name: string, ns: string) => string>> = {
  ServiceAccount: (name, ns) => `kubectl -n ${ns} create serviceaccount ${name}`,
  PriorityClass: (name) => `kubectl create priorityclass ${name} --value=1000 --description=PURPOSE`,
  RuntimeClass: (name) => `apply a RuntimeClass ${name} whose handler the nodes' container runtime has`,
  PersistentVolumeClaim: (name, ns) =>
    `apply a PersistentVolumeClaim ${name} in namespace ${ns} with size and StorageClass`,
}

const candidates = (view: ClusterView, kind: Kind, namespace: string | undefined): readonly string[] =>
  view
    .all(kind)
    .filter((one) => namespace === undefined || one.metadata.namespace === namespace)
    .map((one) => one.metadata.name)

const findingOf = (view: ClusterView, all: readonly Missing[]): Finding | undefined => {
  const first = all.find((one) => one.said) ?? all[0]
  if (first === undefined) return undefined
  const { kind, name } = first
  const shape = shapes[kind]
  const namespace = shape.namespaced ? (first.workload.ref.namespace ?? 'default') : undefined
  const object: ObjectRef = {
    apiVersion: shape.apiVersion,
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  }
  const near = nearestName(name, candidates(view, kind, namespace))
  const workloads = [...new Map(all.map((one) => [refKey(one.workload.ref), one.workload])).values()]
  const since = earliest(all.map((one) => one.since))
  return {
    code: shape.code,
    severity: severityFor(view, first.workload),
    object,
    summary: `${kind} ${name} does not exist${namespace === undefined ? '' : ` in namespace ${namespace}`}, so ${some(workloads.map(named))} cannot start ${workloads.length > 1 ? 'their' : 'its'} pods${near === undefined ? '' : `; did you mean ${near}?`}`,
    evidence: [...all]
      .sort((a, b) => Number(b.said) - Number(a.said))
      .flatMap((one) => one.evidence)
      .slice(0, 5),
    confidence: first.said ? 0.96 : 0.85,
    affects: [...workloads.map((one) => one.ref), ...workloads.flatMap((one) => view.podsOf(one.ref).map(refOf))],
    ...(since === undefined ? {} : { since }),
    fix: [
      ...(near === undefined ? [] : [`Name ${near} instead: ${kubectl(first.workload.ref, 'edit')}`]),
      `Create it: ${create[kind](name, namespace ?? 'default')}`,
    ],
    prevention: ['Ship what a workload refers to together with it, and check references before a deploy.'],
    facts: {
      [`${kind.charAt(0).toLowerCase()}${kind.slice(1)}`]: name,
      ...(near === undefined ? {} : { nearestName: near }),
    },
  }
}

/** ServiceAccounts, PriorityClasses, RuntimeClasses and claims that pods name and that do not exist. */
export const analyzer: Analyzer = {
  id: 'missing-references',
  codes: ['missing-service-account', 'missing-priority-class', 'missing-runtime-class', 'missing-pvc'],
  needs: ['pods', 'events', 'serviceaccounts', 'persistentvolumeclaims'],
  analyze: (view) => {
    const groups = new Map<string, Missing[]>()
    for (const one of [...fromTold(view), ...fromSpecs(view)]) {
      const key = `${one.kind} ${shapes[one.kind].namespaced ? one.workload.ref.namespace : ''} ${one.name}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [one])
      else group.push(one)
    }
    return [...groups.values()].flatMap((all) => findingOf(view, all) ?? [])
  },
}
