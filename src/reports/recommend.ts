import type { Diagnosis } from '../domain/diagnosis.ts'
import { refText } from '../domain/object.ts'
import { parseQuantity } from '../domain/quantity.ts'
import type { Utilisation } from '../domain/report.ts'
import { timeOf } from '../domain/time.ts'
import type { ClusterView } from '../snapshot/view.ts'

const soon = 30 * 86_400_000
const full = 0.85

/** What a person should do next, most urgent first: specific sentences, at most eight. */
export const recommend = (view: ClusterView, diagnosis: Diagnosis, room: readonly Utilisation[]): readonly string[] =>
  [
    ...diagnosis.rootCauses.slice(0, 3).map((cause) => `${refText(cause.object)}: ${cause.fix[0] ?? cause.summary}`),
    ...certificatesEnding(view),
    ...tightRoom(room),
    ...alone(view),
    ...blind(view),
  ].slice(0, 8)

const certificatesEnding = (view: ClusterView): readonly string[] => {
  const now = timeOf(view.now) ?? 0
  return view.all('Secret').flatMap((secret) => {
    const ends = timeOf(secret.certificate?.notAfter)
    if (ends === undefined || ends < now || ends - now > soon) return []
    return [
      `Renew the certificate in Secret ${secret.metadata.namespace}/${secret.metadata.name}: it ends in ${Math.floor((ends - now) / 86_400_000)} days.`,
    ]
  })
}

const tightRoom = (room: readonly Utilisation[]): readonly string[] =>
  room.flatMap(({ resource, allocatable, requested }) =>
    allocatable > 0 && requested / allocatable >= full
      ? [
          `Add room: pods ask for ${Math.round((100 * requested) / allocatable)} % of all ${resource === 'pods' ? 'pod places' : resource}, so that the loss of a node may not be absorbed.`,
        ]
      : [],
  )

/** Services with several pods of one Deployment on one node lose all of them with it. */
const alone = (view: ClusterView): readonly string[] => {
  const crowded = view.workloads.filter((workload) => {
    if (workload.ref.kind !== 'Deployment' || (workload.replicas ?? 0) < 2) return false
    const nodes = view.podsOf(workload.ref).map((pod) => pod.spec?.nodeName)
    return nodes.length > 1 && nodes.every((node) => node !== undefined && node === nodes[0])
  })
  if (crowded.length === 0 || view.all('Node').length < 2) return []
  const names = crowded
    .slice(0, 3)
    .map((workload) => `${workload.ref.namespace}/${workload.ref.name}`)
    .join(', ')
  return [
    `Spread ${names}${crowded.length > 3 ? ` and ${crowded.length - 3} more` : ''} over nodes: all their pods are on one.`,
  ]
}

const blind = (view: ClusterView): readonly string[] => {
  const metrics =
    view.all('NodeMetrics').length > 0 ||
    view.all('Node').every((node) => parseQuantity(node.status?.allocatable?.['cpu']) === undefined)
  return metrics ? [] : ['Install metrics-server: without it nobody sees what pods use, and autoscalers are blind.']
}
