import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type PersistentVolumeClaim, type Pod, refOf } from '../domain/kubernetes.ts'
import { signOf } from '../domain/log-sign.ts'
import { refKey } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { bytesText, parseQuantity } from '../domain/quantity.ts'
import { short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { claimsOf } from './reading/claims.ts'
import { digestOf } from './reading/logs.ts'
import { sustainedTroubles } from './reading/sustained-troubles.ts'
import { classOf, hurtBy } from './reading/waiting-claims.ts'
import { isReady } from './reading/workload-health.ts'

type Fill = {
  readonly used: number
  readonly capacity: number
  readonly ratio: number
  readonly inodes: boolean
  readonly at: string
}

const lastPoint = (view: ClusterView, metric: string, claim: PersistentVolumeClaim) =>
  view
    .series(metric, { persistentvolumeclaim: claim.metadata.name })
    .find((one) => (one.labels['namespace'] ?? claim.metadata.namespace) === claim.metadata.namespace)
    ?.points.at(-1)

const fillBy = (view: ClusterView, claim: PersistentVolumeClaim, inodes: boolean): Fill | undefined => {
  const stem = `kubelet_volume_stats_${inodes ? 'inodes' : ''}`
  const total = lastPoint(view, inodes ? stem : `${stem}capacity_bytes`, claim)?.[1]
  const capacity = total ?? (inodes ? undefined : parseQuantity(claim.status?.capacity?.['storage']))
  const used = lastPoint(view, inodes ? `${stem}_used` : `${stem}used_bytes`, claim)
  const free = lastPoint(view, inodes ? `${stem}_free` : `${stem}available_bytes`, claim)
  const point = free ?? used
  if (capacity === undefined || capacity <= 0 || point === undefined) return undefined
  const amount = free === undefined ? (used?.[1] ?? 0) : capacity - free[1]
  return { used: amount, capacity, ratio: amount / capacity, inodes, at: point[0] }
}

const fillOf = (view: ClusterView, claim: PersistentVolumeClaim): Fill | undefined =>
  [fillBy(view, claim, false), fillBy(view, claim, true)]
    .filter((one) => one !== undefined)
    .sort((a, b) => b.ratio - a.ratio)[0]

type Said = {
  readonly pod: Pod
  readonly container: string
  readonly text: string
  readonly path?: string
  readonly at?: string
}

/** A container that fails, or that runs and keeps saying so: one such line of long ago is over. */
const troubled = (view: ClusterView, pod: Pod, container: string): boolean => {
  const status = pod.status?.containerStatuses?.find((one) => one.name === container)
  if (!isReady(pod) || (status?.restartCount ?? 0) > 0) return true
  return sustainedTroubles(view).some(
    (one) => one.pod === pod && one.unit.name === container && one.sign?.kind === 'disk-full' && one.count >= 3,
  )
}

const saidBy = (view: ClusterView, pod: Pod): readonly Said[] =>
  view.logs(pod.metadata.namespace ?? '', pod.metadata.name).flatMap((log) => {
    const found = digestOf(log).entries.findLast((entry) => {
      const sign = signOf(entry)
      return sign?.kind === 'disk-full'
    })
    if (found === undefined) return []
    const sign = signOf(found)
    const path = sign?.kind === 'disk-full' ? sign.path : undefined
    return [
      {
        pod,
        container: log.container,
        text: found.text,
        ...(path === undefined ? {} : { path }),
        ...(found.at === undefined ? {} : { at: found.at }),
      },
    ]
  })

// The claim whose mount the path in the log is under, else the only claim.
const claimOfPath = (view: ClusterView, said: Said): PersistentVolumeClaim | undefined => {
  const claims = claimsOf(view, said.pod)
  const container = said.pod.spec?.containers?.find((one) => one.name === said.container)
  const mounts = (container?.volumeMounts ?? []).flatMap((mount) => {
    const volume = said.pod.spec?.volumes?.find((one) => one.name === mount.name)
    const claim = claims.find((one) => one.metadata.name === volume?.persistentVolumeClaim?.claimName)
    return claim === undefined || mount.mountPath === undefined ? [] : [{ path: mount.mountPath, claim }]
  })
  const line = said.path ?? said.text
  const match = mounts.filter(({ path }) => line.includes(path)).sort((a, b) => b.path.length - a.path.length)[0]
  if (match !== undefined) return match.claim
  const absolute = said.path?.startsWith('/') === true
  return absolute || mounts.length !== 1 ? undefined : mounts[0]?.claim
}

const fillText = (fill: Fill): string =>
  fill.inodes
    ? `${Math.round(fill.ratio * 100)} % of its inodes used`
    : `${bytesText(fill.used)} of ${bytesText(fill.capacity)} used (${Math.round(fill.ratio * 100)} %)`

const findingOf = (
  view: ClusterView,
  claim: PersistentVolumeClaim,
  said: Said | undefined,
  fill: Fill | undefined,
): Finding => {
  const object = refOf(claim)
  const size = claim.status?.capacity?.['storage'] ?? claim.spec?.resources?.requests?.['storage']
  const bytes = parseQuantity(size)
  const larger = bytes === undefined ? undefined : bytesText(Math.ceil((bytes * 1.5) / 2 ** 30) * 2 ** 30)
  const grows = classOf(view, claim)?.allowVolumeExpansion
  const measured: Observation[] =
    fill === undefined ? [] : [{ kind: 'metric', about: object, text: fillText(fill), at: fill.at }]
  const logged: Observation[] =
    said === undefined ? [] : [observe('log', refOf(said.pod), `${said.container}: ${short(said.text, 300)}`)]
  const state = fill === undefined ? `${size ?? ''}` : fillText(fill)
  return {
    code: 'volume-full',
    severity: said === undefined && (fill?.ratio ?? 0) < 0.99 ? 'warning' : 'critical',
    object,
    summary: `The volume of claim ${object.name} is full${state === '' ? '' : ` (${state})`}${said === undefined ? '' : `: ${said.pod.metadata.name} says "${short(said.text, 160)}"`}`,
    evidence: said === undefined ? measured : [...logged, ...measured],
    confidence: fill !== undefined && said !== undefined ? 0.95 : said === undefined ? 0.9 : 0.78,
    affects: hurtBy(view, claim),
    ...(fill === undefined ? {} : { since: fill.at }),
    fix: [
      ...(said === undefined ? [] : [`See what fills it: ${kubectl(refOf(said.pod), 'exec', '-- df -h')}`]),
      grows === false
        ? `StorageClass ${claim.spec?.storageClassName ?? ''} does not allow expansion: clean up, or move the data to a larger claim.`
        : `Grow it: ${kubectl(object, 'patch', `-p '{"spec":{"resources":{"requests":{"storage":"${larger ?? 'SIZE'}"}}}}'`)}`,
      'Or remove what is not needed (old logs, WAL, snapshots).',
    ],
    prevention: [
      'Alert on kubelet_volume_stats_available_bytes below 15 %, and on the day it will run out (predict_linear).',
    ],
    facts: {
      expandable: grows === true,
      ...(size === undefined ? {} : { size }),
      ...(larger === undefined ? {} : { suggestedSize: larger }),
    },
  }
}

/** Claims with no space or inodes left: by metric at 97 %, or by what a container that mounts it, and fails or goes on, says. */
export const analyzer: Analyzer = {
  id: 'volume-full',
  codes: ['volume-full'],
  needs: ['persistentvolumeclaims', 'pods'],
  analyze: (view) => {
    const said = new Map<string, Said>()
    for (const pod of view.all('Pod')) {
      if (claimsOf(view, pod).length === 0) continue
      for (const one of saidBy(view, pod)) {
        const claim = troubled(view, pod, one.container) ? claimOfPath(view, one) : undefined
        if (claim !== undefined) said.set(refKey(refOf(claim)), one)
      }
    }
    return view.all('PersistentVolumeClaim').flatMap((claim) => {
      const words = said.get(refKey(refOf(claim)))
      const fill = fillOf(view, claim)
      const full = fill !== undefined && fill.ratio >= 0.97
      const emptied = fill !== undefined && fill.ratio < 0.9
      return full || (words !== undefined && !emptied) ? [findingOf(view, claim, words, full ? fill : undefined)] : []
    })
  },
}
