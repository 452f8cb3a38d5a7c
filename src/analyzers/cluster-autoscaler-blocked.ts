import { conditionsAt, textAt } from '../domain/at.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type KubeObject, refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { earliest, within } from '../domain/time.ts'
import { count, short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { isUnscheduled } from './reading/unscheduled-pods.ts'

/** What holds an autoscaler back, for which group of nodes. */
type Block = { readonly group: ObjectRef; readonly why: string; readonly evidence: Observation; readonly at?: string }

const nodeGroup = (name: string): ObjectRef => ({ apiVersion: 'autoscaling.k8s.io/v1', kind: 'NodeGroup', name })

const limits =
  /max node group size reached|max cluster (?:cpu|memory|nodes?) limit reached|max total nodes|in backoff after failed scale-up|max.{0,20}limit reached/i
const failures =
  /InsufficientInstanceCapacity|ZONE_RESOURCE_POOL_EXHAUSTED|QUOTA_EXCEEDED|QuotaExceeded|OutOfCapacity|AllocationFailed|SkuNotAvailable|VcpuLimitExceeded|MaxSpotInstanceCountExceeded|InstanceLimitExceeded|UnfulfillableCapacity|could not launch/i

const statusMap = (view: ClusterView): string => {
  const map = view.all('ConfigMap').find((one) => one.metadata.name === 'cluster-autoscaler-status')
  return map?.data?.['status'] ?? ''
}

type GroupState = { readonly name: string; readonly text: string; readonly atMax: boolean; readonly backoff: boolean }

// The status ConfigMap in the text form of before 1.30 and the YAML form of later.
const groupStates = (status: string): readonly GroupState[] =>
  status
    .split(/\n\s*(?:-\s+)?(?=[Nn]ame:\s)/)
    .slice(1)
    .map((block) => {
      const name = /^[Nn]ame:\s*"?([^\s"]+)/.exec(block)?.[1] ?? ''
      const target = /cloudProviderTarget[:=]\s*(\d+)/.exec(block)?.[1]
      const most = /maxSize[:=]\s*(\d+)/.exec(block)?.[1]
      const backoff = /ScaleUp:\s*Backoff|scaleUp:\s*\n\s*status:\s*Backoff/i.test(block)
      const error = /(?:errorCode|backoffInfo)[\s\S]{0,20}?errorCode:\s*"?([^\s"]+)/.exec(block)?.[1]
      return {
        name: name.split('/').at(-1) ?? name,
        text: backoff
          ? `in back-off after a failed scale-up${error === undefined ? '' : ` (${error})`}`
          : `at its maximum of ${most ?? '?'} nodes`,
        atMax: target !== undefined && target === most && most !== '0',
        backoff,
      }
    })
    .filter((one) => one.name !== '' && (one.atMax || one.backoff))

const byPods = (view: ClusterView): readonly Block[] => {
  const groups = groupStates(statusMap(view))
  return view.all('Pod').flatMap((pod) => {
    if (!isUnscheduled(pod)) return []
    const event = view.eventsFor(refOf(pod)).findLast((one) => one.reason === 'NotTriggerScaleUp')
    if (event === undefined || !limits.test(event.note ?? '') || !within(event.lastSeen, view.now, 3600)) return []
    const found = limits.exec(event.note ?? '')?.[0] ?? ''
    const [group] = groups
    return [
      {
        group: group === undefined ? nodeGroup('unknown') : nodeGroup(group.name),
        why:
          group === undefined
            ? `the autoscaler says: ${found}`
            : `node group ${group.name} is ${group.text} (${found})`,
        evidence: observeEvent(refOf(pod), event),
        ...(event.firstSeen === undefined ? {} : { at: event.firstSeen }),
      },
    ]
  })
}

const byFailedScaleUp = (view: ClusterView): readonly Block[] =>
  [
    'FailedToScaleUp',
    'FailedScaleUp',
    'ScaleUpFailed',
    'ScaleUpTimedOut',
    'FailedToScaleUpGroup',
    'InsufficientCapacityError',
  ].flatMap((reason) =>
    view.eventsByReason(reason).flatMap((event) => {
      if (!within(event.lastSeen, view.now, 3600)) return []
      const text = event.note ?? ''
      const name = /(?:group|pool|asg|ASG|mig)[\s:"']+([A-Za-z0-9][\w.-]+)/.exec(text)?.[1]?.split('/').at(-1)
      const about: ObjectRef = {
        apiVersion: event.regarding.apiVersion ?? 'v1',
        kind: event.regarding.kind ?? 'ConfigMap',
        ...(event.regarding.namespace === undefined ? {} : { namespace: event.regarding.namespace }),
        name: event.regarding.name ?? '',
      }
      return [
        {
          group: name === undefined ? nodeGroup(groupStates(statusMap(view))[0]?.name ?? 'unknown') : nodeGroup(name),
          why: `scale-up failed: ${short(text, 200)}`,
          evidence: observeEvent(about, event),
          ...(event.firstSeen === undefined ? {} : { at: event.firstSeen }),
        },
      ]
    }),
  )

const poolOf = (view: ClusterView, object: KubeObject | undefined, text: string): ObjectRef => {
  const pools = view.list('NodePool', 'karpenter.sh')
  const named =
    /nodepools?[:\s="']+([a-z0-9][a-z0-9.-]*)/i.exec(text)?.[1] ?? object?.metadata.labels?.['karpenter.sh/nodepool']
  const pool = pools.find((one) => one.metadata.name === named) ?? pools[0]
  return pool === undefined
    ? { apiVersion: 'karpenter.sh/v1', kind: 'NodePool', name: named ?? 'unknown' }
    : refOf(pool)
}

const byKarpenter = (view: ClusterView): readonly Block[] => {
  const pods = view.all('Pod').flatMap((pod) => {
    if (!isUnscheduled(pod)) return []
    const event = view
      .eventsFor(refOf(pod))
      .findLast((one) => one.reason === 'FailedScheduling' && /nodepool|provisioner/i.test(one.note ?? ''))
    const text = event?.note ?? ''
    if (event === undefined || !/exceed(?:s|ed)? limits? for|limits? exceeded/i.test(text)) return []
    const at = event.firstSeen
    return [
      {
        group: poolOf(view, undefined, text),
        why: 'its limits are used up',
        evidence: observeEvent(refOf(pod), event),
        ...(at === undefined ? {} : { at }),
      },
    ]
  })
  const claims = view.list('NodeClaim', 'karpenter.sh').flatMap((claim) => {
    const failed = conditionsAt(claim).find(
      (one) =>
        one.type === 'Launched' &&
        one.status !== 'True' &&
        (one.reason === 'LaunchFailed' || failures.test(one.message ?? '')),
    )
    if (failed === undefined) return []
    const at = failed.lastTransitionTime
    return [
      {
        group: poolOf(view, claim, textAt(claim, 'metadata', 'labels', 'karpenter.sh/nodepool') ?? ''),
        why: `nodes cannot be launched: ${short(failed.message ?? failed.reason ?? '', 200)}`,
        evidence: observe(
          'status',
          refOf(claim),
          `Launched ${failed.status}: ${failed.message ?? failed.reason ?? ''}`,
          at,
        ),
        ...(at === undefined ? {} : { at }),
      },
    ]
  })
  return [...pods, ...claims]
}

const fixFor = (group: ObjectRef, why: string): readonly string[] =>
  group.kind === 'NodePool'
    ? [
        `See the pool and its limits: kubectl get nodepool ${group.name} -o yaml`,
        'Raise spec.limits, or add instance types and zones where the cloud has capacity.',
      ]
    : /max/i.test(why)
      ? [
          `Raise the maximum size of node group ${group.name} (cloud console, Terraform, or the autoscaler's --nodes flag), or free room.`,
          'kubectl -n kube-system get configmap cluster-autoscaler-status -o yaml',
        ]
      : [
          `Look at the cloud's reason for ${group.name} (quota, capacity, launch template); add another instance type or zone.`,
          'kubectl -n kube-system logs deploy/cluster-autoscaler --tail=100',
        ]

/** Pods wait for nodes that the autoscaler cannot add: a group at its maximum, in back-off, or a cloud without capacity. */
export const analyzer: Analyzer = {
  id: 'cluster-autoscaler-blocked',
  codes: ['cluster-autoscaler-blocked'],
  needs: ['pods', 'events'],
  analyze: (view) => {
    const waiting = view.all('Pod').filter(isUnscheduled)
    if (waiting.length === 0) return []
    const groups = new Map<string, Block[]>()
    for (const block of [...byPods(view), ...byFailedScaleUp(view), ...byKarpenter(view)]) {
      groups.set(refKey(block.group), [...(groups.get(refKey(block.group)) ?? []), block])
    }
    const workloads = [
      ...new Map(waiting.map((pod) => [refKey(view.workloadOf(pod).ref), view.workloadOf(pod).ref])).values(),
    ]
    return [...groups.values()].flatMap((blocks): readonly Finding[] => {
      const [first] = blocks
      if (first === undefined) return []
      const since = earliest(blocks.map((one) => one.at))
      return [
        {
          code: 'cluster-autoscaler-blocked',
          severity: 'critical',
          object: first.group,
          summary: `The autoscaler cannot add nodes to ${first.group.kind} ${first.group.name}: ${first.why}; ${count(waiting.length, 'pod')} waiting (${some(workloads.map((ref) => ref.name))})`,
          evidence: blocks.slice(0, 3).map((one) => one.evidence),
          confidence: first.group.name === 'unknown' ? 0.75 : 0.9,
          affects: [...waiting.map(refOf), ...workloads],
          ...(since === undefined ? {} : { since }),
          fix: fixFor(first.group, first.why),
          prevention: [
            'Alert when a node group is at its maximum, and let the cloud quota leave room for two more nodes.',
          ],
        },
      ]
    })
  },
}
