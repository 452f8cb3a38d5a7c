import { at, listAt, textAt } from '../domain/at.ts'
import { builtBy } from '../domain/built-by.ts'
import type { ChangeNote } from '../domain/finding.ts'
import type { ControllerRevision, KindMap, KubeObject, PodTemplate } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey, refText } from '../domain/object.ts'
import { referencesOf } from '../domain/pod-references.ts'
import { earliest, timeOf } from '../domain/time.ts'
import { podTemplate } from '../snapshot/schema/pod.ts'
import type { ClusterView, WorkflowRun } from '../snapshot/view.ts'
import { auditedNotes, withPerson } from './audited-notes.ts'
import type { Graph } from './graph.ts'
import type { Family } from './join.ts'
import { templateDiff } from './template-diff.ts'

const day = 24 * 3_600_000
/** Clocks differ, and an effect may be seen a little before the change that caused it is written down. */
const slack = 2 * 60_000
/** Two notes of one event: a sync, and the template that it changed. */
const together = 5 * 60_000

/** `revision`: what Git was at; `run`: the workflow run, said for people, that made what the objects run. */
type Dated = ChangeNote & {
  readonly at: string
  readonly weight: number
  readonly revision?: string
  readonly run?: string
}

/**
 * The change that a check itself saw, else the one nearest before the trouble began, out of what the cluster remembers: template
 * revisions, configuration, the object itself, Argo CD and Helm history, node events, workflow runs. Undefined where none was
 * seen within a day.
 */
export const whatChanged = (family: Family, graph: Graph, view: ClusterView): ChangeNote | undefined => {
  const onset = timeOf(onsetOf(family)) ?? timeOf(view.now)
  if (onset === undefined) return undefined
  const objects = concerned(family, view)
  const before = ({ at: when }: Dated): boolean => {
    const time = timeOf(when)
    return time !== undefined && time <= onset + slack && time >= onset - day
  }
  const delivered = objects.flatMap((object) => deliveries(object, graph, view))
  const [made, others] = workflowChanges(objects, delivered, view)
  const own = withPerson(family.root.change, family.root.object, view)
  if (own !== undefined) {
    const known = (own.by === undefined ? [...delivered, ...made] : made).filter(before)
    return own.at === undefined ? own : withDelivery({ ...own, at: own.at, weight: weights.template }, known)
  }
  const seen = [
    ...objects.flatMap((object) => [...templateChanges(object, view), ...ownChanges(object)]),
    ...objects.flatMap((object) => configurationChanges(object, view)),
    ...delivered,
    ...nodeChanges(family.root.object, view),
    ...made,
    ...auditedNotes(family.root.object, objects, view).map(({ itself, ...note }) => ({
      ...note,
      weight: itself ? weights.own : weights.configuration,
    })),
  ].filter(before)
  // A run that nothing ties to these objects is said only where nothing else changed.
  const alone = seen.length === 0 && family.root.object.kind !== 'WorkflowRun'
  const notes = alone ? others.filter(before) : seen
  const nearest = notes.sort(compareNotes(onset))[0]
  return nearest === undefined
    ? undefined
    : withDelivery(withPerson(nearest, family.root.object, view) ?? nearest, notes)
}

const onsetOf = ({ root, effects }: Family): string | undefined =>
  root.since ?? earliest(effects.map(({ finding }) => finding.since))

/** Nearest first; of what happened within one minute, the more telling. */
const compareNotes =
  (onset: number) =>
  (a: Dated, b: Dated): number => {
    const minutes = ({ at: when }: Dated) => Math.round(Math.abs(onset - (timeOf(when) ?? 0)) / 60_000)
    return minutes(a) - minutes(b) || b.weight - a.weight || (a.what < b.what ? -1 : a.what > b.what ? 1 : 0)
  }

const withDelivery = (note: Dated, all: readonly Dated[]): ChangeNote => {
  const { weight, revision: _, run: ofRun, ...change } = note
  const ofObject = weight === weights.template || weight === weights.own
  const delivered = all.find(
    (one) => one.weight === weights.delivery && Math.abs((timeOf(one.at) ?? 0) - (timeOf(note.at) ?? 0)) <= together,
  )
  const by = weight === weights.template ? (delivered?.by ?? change.by) : change.by
  // The run that made it began before it; of several the one nearest to the trouble.
  const made = ofObject
    ? all.find((one) => one.run !== undefined && (timeOf(one.at) ?? 0) <= (timeOf(note.at) ?? 0) + slack)?.run
    : ofRun
  const both = [by, made].filter((part) => part !== undefined).join('; ')
  return both === '' ? change : { ...change, by: both }
}

const weights = { template: 5, configuration: 4, own: 3, node: 3, delivery: 2, workflow: 1 } as const

/** Kinds that workloads name, so that a workload's own change may be why the fault shows now. */
const ofWorkloads = new Set([
  'ConfigMap',
  'Secret',
  'PersistentVolumeClaim',
  'ServiceAccount',
  'PriorityClass',
  'RuntimeClass',
  'ResourceQuota',
  'LimitRange',
  'Namespace',
  'Service',
])

/** The objects whose changes could be the reason: the root's own, and the workloads that it is about. */
const concerned = ({ root }: Family, view: ClusterView): readonly KubeObject[] => {
  const own = view.find(root.object)
  const throughAffected = ofWorkloads.has(root.object.kind) ? (root.affects ?? []) : []
  const workloads = throughAffected.slice(0, 5).flatMap((ref) => {
    const found = view.find(ref)
    return found === undefined ? [] : [view.workloadOf(found).object]
  })
  const all = [...(own === undefined ? [] : [own, view.workloadOf(own).object]), ...workloads]
  return [...new Map(all.map((object) => [refKey(refOf(object)), object])).values()]
}

type Revision = { readonly number: number; readonly made: string | undefined; readonly template: PodTemplate }

const templateChanges = (object: KubeObject, view: ClusterView): readonly Dated[] => {
  const [current, previous] = revisionsOf(object, view).sort((a, b) => b.number - a.number)
  if (current === undefined || previous === undefined) return []
  const changes = templateDiff(previous.template, current.template)
  if (changes.length === 0) return []
  // A rollback takes an old revision's object up again: then only the workload itself knows when.
  const again = (timeOf(current.made) ?? 0) < (timeOf(previous.made) ?? 0)
  const when = again ? lastWrite(object)?.time : current.made
  if (when === undefined) return []
  const what = `${refText(refOf(object))} revision ${previous.number} → ${current.number}: ${changes.slice(0, 4).join('; ')}`
  const by = object.metadata.annotations?.['kubernetes.io/change-cause'] ?? lastWrite(object)?.manager
  return [{ what, at: when, object: refOf(object), weight: weights.template, ...(by === undefined ? {} : { by }) }]
}

const revisionsOf = (object: KubeObject, view: ClusterView): Revision[] => {
  const owned = ({ metadata }: KubeObject) =>
    (metadata.ownerReferences ?? []).some(
      (owner) =>
        owner.kind === object.kind &&
        owner.name === object.metadata.name &&
        (owner.uid === undefined || owner.uid === object.metadata.uid),
    ) && metadata.namespace === object.metadata.namespace
  if (object.kind === 'Deployment' || object.kind === 'Rollout') {
    return view.all('ReplicaSet').filter(owned).flatMap(replicaSetRevision)
  }
  if (object.kind !== 'StatefulSet' && object.kind !== 'DaemonSet') return []
  return view.all('ControllerRevision').filter(owned).flatMap(controllerRevision)
}

const replicaSetRevision = (set: KindMap['ReplicaSet']): readonly Revision[] => {
  const annotations = set.metadata.annotations ?? {}
  const number = Number(annotations['deployment.kubernetes.io/revision'] ?? annotations['rollout.argoproj.io/revision'])
  const template = set.spec?.template
  return Number.isInteger(number) && template !== undefined
    ? [{ number, made: set.metadata.creationTimestamp, template }]
    : []
}

const controllerRevision = ({ metadata, revision, data }: ControllerRevision): readonly Revision[] => {
  const template = podTemplate.json(at(data, 'spec', 'template'))
  return revision === undefined || template === undefined
    ? []
    : [{ number: revision, made: metadata.creationTimestamp, template }]
}

const controllers = /^(?:kube-controller-manager|kubelet|cloud-controller-manager|kube-scheduler)$/

/** Who last wrote an object's spec, and when: status writes and controllers do not count. */
const lastWrite = (object: KubeObject): { readonly time: string; readonly manager?: string } | undefined => {
  const writes = (object.metadata.managedFields ?? []).flatMap(({ time, manager, subresource }) =>
    time === undefined || subresource === 'status' || controllers.test(manager ?? '')
      ? []
      : [{ time, ...(manager === undefined ? {} : { manager }) }],
  )
  return writes.sort(
    (a, b) => (timeOf(b.time) ?? 0) - (timeOf(a.time) ?? 0) || (a.manager ?? '').localeCompare(b.manager ?? ''),
  )[0]
}

/** That an object was made or written: all that is known of kinds without a history. */
const ownChanges = (object: KubeObject): readonly Dated[] => {
  if (object.kind === 'Pod' || object.kind === 'Node') return []
  const made = object.metadata.creationTimestamp
  const write = lastWrite(object)
  const created: readonly Dated[] =
    made === undefined
      ? []
      : [
          {
            what: `${refText(refOf(object))} was created`,
            at: made,
            object: refOf(object),
            weight: weights.own,
            ...byOf(write?.manager),
          },
        ]
  const later = write !== undefined && (timeOf(write.time) ?? 0) > (timeOf(made) ?? 0) + 60_000
  return later
    ? [
        {
          what: `${refText(refOf(object))} was changed`,
          at: write.time,
          object: refOf(object),
          weight: weights.own,
          ...byOf(write.manager),
        },
      ]
    : created
}

const byOf = (manager: string | undefined): { readonly by?: string } => (manager === undefined ? {} : { by: manager })

/** Writes to the ConfigMaps and Secrets that a workload reads: that and when, never what is in them. */
const configurationChanges = (object: KubeObject, view: ClusterView): readonly Dated[] => {
  const template = view.workloadOf(object).template
  return referencesOf(template?.spec).flatMap(({ kind, name }): readonly Dated[] => {
    if (kind !== 'ConfigMap' && kind !== 'Secret') return []
    const config: KubeObject | undefined = view.get(kind, object.metadata.namespace, name)
    return config === undefined ? [] : ownChanges(config).map((note) => ({ ...note, weight: weights.configuration }))
  })
}

const deliveries = (object: KubeObject, graph: Graph, view: ClusterView): readonly Dated[] => {
  const applications = graph
    .hurts(refOf(object))
    .flatMap((edge) => (edge.kind === 'delivered-by' && edge.to.kind === 'Application' ? [edge.to] : []))
  const own: readonly ObjectRef[] = object.kind === 'Application' ? [refOf(object)] : applications
  const synced = own.flatMap((ref) => {
    const application = view.find(ref)
    return application === undefined ? [] : syncs(application)
  })
  return [...synced, ...helmUpgrades(object, view)]
}

const syncs = (application: KubeObject): readonly Dated[] =>
  listAt(application.status, 'history').flatMap((entry): readonly Dated[] => {
    const when = textAt(entry, 'deployedAt')
    if (when === undefined) return []
    const revision = (textAt(entry, 'revision') ?? 'an unknown revision').slice(0, 12)
    const person = textAt(entry, 'initiatedBy', 'username')
    const name = application.metadata.name
    return [
      {
        what: `Argo CD synced ${name} to ${revision}`,
        at: when,
        by: person ?? `Argo CD application ${name} at ${revision}`,
        object: refOf(application),
        weight: weights.delivery,
        revision: textAt(entry, 'revision') ?? '',
      },
    ]
  })

/** Helm keeps each revision of a release as a Secret whose labels tell everything but the content. */
const helmUpgrades = (object: KubeObject, view: ClusterView): readonly Dated[] => {
  const release = object.metadata.annotations?.['meta.helm.sh/release-name']
  if (release === undefined) return []
  return view.all('Secret').flatMap(({ metadata }): readonly Dated[] => {
    const labels = metadata.labels ?? {}
    if (labels['owner'] !== 'helm' || labels['name'] !== release || metadata.creationTimestamp === undefined) return []
    const what = `Helm release ${release} became revision ${labels['version'] ?? 'unknown'} (${labels['status'] ?? 'unknown'})`
    return [{ what, at: metadata.creationTimestamp, by: `Helm release ${release}`, weight: weights.delivery }]
  })
}

/** What is done to a node, not what is wrong with it. */
const nodeReasons = /^(?:Rebooted|Starting|NodeNotSchedulable|RemovingNode|KubeletRestart|ContainerdStart|DockerStart)$/

const nodeChanges = (ref: ObjectRef, view: ClusterView): readonly Dated[] => {
  if (ref.kind !== 'Node') return []
  return view.eventsFor(ref).flatMap((event): readonly Dated[] => {
    const when = event.firstSeen ?? event.lastSeen
    if (!nodeReasons.test(event.reason ?? '') || when === undefined) return []
    return [
      {
        what: `Node ${ref.name}: ${event.reason ?? ''} ${event.note ?? ''}`.trim(),
        at: when,
        object: ref,
        weight: weights.node,
        ...byOf(event.component),
      },
    ]
  })
}

/** The runs that made what these objects run, or the revision that Argo CD brought them to; and all others. */
const workflowChanges = (
  objects: readonly KubeObject[],
  delivered: readonly Dated[],
  view: ClusterView,
): readonly [made: readonly Dated[], others: readonly Dated[]] => {
  if (view.workflowRuns.length === 0) return [[], []]
  const images = objects.flatMap((object) =>
    containersOf(view.workloadOf(object).template).flatMap(({ image }) => image ?? []),
  )
  const revisions = delivered.flatMap(({ revision }) => revision ?? [])
  const notes = view.workflowRuns.map((run) => {
    const at = run.headSha === undefined ? '' : ` at ${run.headSha.slice(0, 12)}`
    const name = `workflow ${run.workflow} of ${run.repository}`
    if (images.some((image) => builtBy(image, run) !== undefined))
      return workflowNote(run, { run: `made by ${name}${at}` })
    return run.headSha !== undefined && revisions.includes(run.headSha)
      ? workflowNote(run, { run: `${name} ran on that commit (${run.conclusion})` })
      : workflowNote(run, { by: `${run.repository}${at}` })
  })
  return [notes.flat().filter((one) => one.run !== undefined), notes.flat().filter((one) => one.run === undefined)]
}

const containersOf = (template: PodTemplate | undefined) => [
  ...(template?.spec?.initContainers ?? []),
  ...(template?.spec?.containers ?? []),
]

const workflowNote = (run: WorkflowRun, whose: Pick<Dated, 'run' | 'by'>): readonly Dated[] => {
  if (run.startedAt === undefined) return []
  const commit = run.headSha === undefined ? '' : ` at ${run.headSha.slice(0, 12)}`
  const what = `workflow ${run.workflow} of ${run.repository} ran${commit} (${run.conclusion})`
  return [{ what, at: run.startedAt, weight: weights.workflow, ...whose }]
}
