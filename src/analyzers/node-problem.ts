import type { Finding } from '../domain/finding.ts'
import { type Condition, type Node, refOf } from '../domain/kubernetes.ts'
import { lookup } from '../domain/lookup.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { lasted, secondsSince } from '../domain/time.ts'
import { count, short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { isReady } from './reading/workload-health.ts'

/** Conditions of node-problem-detector and of cloud agents that are bad when True, with what they mean. */
const badWhenTrue: Readonly<Record<string, string>> = {
  KernelDeadlock: 'the kernel hangs',
  ReadonlyFilesystem: 'a file system was remounted read-only after errors',
  CorruptDockerOverlay2: 'the overlay2 storage of Docker is corrupt',
  FrequentKubeletRestart: 'the kubelet keeps restarting',
  FrequentDockerRestart: 'Docker keeps restarting',
  FrequentContainerdRestart: 'containerd keeps restarting',
  FrequentUnregisterNetDevice: 'network devices are not released',
  KubeletUnhealthy: 'the kubelet is unhealthy',
  KubeletProblem: 'the kubelet is unhealthy',
  ContainerRuntimeUnhealthy: 'the container runtime is unhealthy',
  ContainerRuntimeProblem: 'the container runtime is unhealthy',
  FilesystemCorruptionProblem: 'a file system is corrupt',
  XfsShutdown: 'an XFS file system has shut down after errors',
  XfsHasShutDown: 'an XFS file system has shut down after errors',
  Ext4Error: 'an ext4 file system has errors',
  NTPProblem: 'the clock is off',
  CperHardwareErrorFatal: 'the hardware reports a fatal error',
  MemoryReadError: 'memory errors',
  DiskBadBlock: 'a disk has bad blocks',
  DiskHung: 'a disk hangs',
  DiskReadonly: 'a disk is read-only',
  GPUMissing: 'a GPU is missing',
  XIDHardwareError: 'a GPU reports a hardware error (XID)',
  ConntrackFullProblem: 'the connection tracking table is full',
  ConntrackFull: 'the connection tracking table is full',
  InodesPressure: 'inodes run out',
  FDPressure: 'file descriptors run out',
  OutOfDisk: 'the disk is full',
  TerminateScheduled: 'the cloud will take the machine away',
  PreemptScheduled: 'the cloud will take the machine away',
}

/** Conditions that are bad when False: those of the EKS node monitoring agent and alike. */
const badWhenFalse: Readonly<Record<string, string>> = {
  KernelReady: 'the kernel has trouble',
  NetworkingReady: 'the network of the node has trouble',
  StorageReady: 'the storage of the node has trouble',
  ContainerRuntimeReady: 'the container runtime has trouble',
  AcceleratedHardwareReady: 'a GPU or accelerator has trouble',
}

// Types that are not known are never judged: True is good for some and bad for others.
const meaningOf = (condition: Condition): string | undefined => {
  const { type = '', status } = condition
  if (status === 'True') return lookup(badWhenTrue, type)
  return status === 'False' ? lookup(badWhenFalse, type) : undefined
}

const findingOf = (view: ClusterView, node: Node): Finding | undefined => {
  const bad = (node.status?.conditions ?? []).flatMap((condition) => {
    const meaning = meaningOf(condition)
    return meaning === undefined || !lasted(condition.lastTransitionTime, view.now, 60) ? [] : [{ condition, meaning }]
  })
  const [first] = bad
  if (first === undefined) return undefined
  const object = refOf(node)
  const { condition, meaning } = first
  const hurt = view
    .all('Pod')
    .filter((pod) => pod.spec?.nodeName === node.metadata.name && pod.status?.phase !== 'Succeeded' && !isReady(pod))
  const told = view.eventsFor(object).filter((event) => event.type === 'Warning' || event.reason === condition.reason)
  const name = node.metadata.name
  const since = condition.lastTransitionTime
  return {
    code: 'node-problem',
    severity: hurt.length > 0 ? 'critical' : 'warning',
    object,
    summary: `Node ${name}: ${meaning} (${some(bad.map((one) => `${one.condition.type} is ${one.condition.status}`))}: ${short(condition.message ?? condition.reason ?? '', 160)})${hurt.length === 0 ? '' : `; ${count(hurt.length, 'pod')} on it not ready`}`,
    evidence: [
      ...bad.map((one) =>
        observe(
          'status',
          object,
          `${one.condition.type} is ${one.condition.status} (${one.condition.reason ?? ''}): ${one.condition.message ?? ''}`,
          one.condition.lastTransitionTime,
        ),
      ),
      ...told.slice(-2).map((event) => observeEvent(object, event)),
    ],
    confidence: 0.93,
    affects: hurt.map(refOf),
    ...(since === undefined ? {} : { since }),
    fix: [
      `Take it out of service: kubectl cordon ${name}; kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data`,
      `Look at the kernel log on ${name} (dmesg -T | tail -50), then reboot or replace the machine.`,
    ],
    facts: { node: name },
  }
}

const monitors = /(?:^|-)(?:monitor|watcher|checker)$|node-problem-detector|node-monitor/

/** Kills for memory and restarts by hand are told elsewhere, by what they hit. */
const toldElsewhere = /^(?:OOMKilling|Rebooted|.*Start|.*Restart(?:ing)?)$/

/** What node-problem-detector keeps reporting of a node as events, without a condition that says so. */
const fromEvents = (view: ClusterView, node: Node): Finding | undefined => {
  const object = refOf(node)
  const events = view.eventsFor(object).filter((event) => {
    const recent = (secondsSince(event.lastSeen, view.now) ?? Number.POSITIVE_INFINITY) < 1800
    const monitored = monitors.test(event.component ?? '')
    return (
      event.type === 'Warning' &&
      monitored &&
      recent &&
      (event.count ?? 1) >= 3 &&
      !toldElsewhere.test(event.reason ?? '')
    )
  })
  const event = events.at(-1)
  if (event === undefined) return undefined
  const name = node.metadata.name
  const meaning = lookup(badWhenTrue, event.reason ?? '') ?? `its monitor reports ${event.reason ?? 'trouble'}`
  return {
    code: 'node-problem',
    severity: 'warning',
    object,
    summary: `Node ${name}: ${meaning} (${event.reason ?? ''}, ${count(event.count ?? 1, 'time')}): ${short(event.note ?? '', 160)}`,
    evidence: events.slice(-3).map((one) => observeEvent(object, one)),
    confidence: 0.8,
    affects: view
      .all('Pod')
      .filter((pod) => pod.spec?.nodeName === name && pod.status?.phase === 'Running')
      .map(refOf),
    ...(event.firstSeen === undefined ? {} : { since: event.firstSeen }),
    fix: [
      `Look at the kernel log on ${name} (dmesg -T | tail -50) and at the limit that it names.`,
      `If it goes on, take it out of service: kubectl cordon ${name}; kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data`,
    ],
    facts: { node: name },
  }
}

/** Custom node conditions and events of node monitors that are really bad: only types whose polarity is known. */
export const analyzer: Analyzer = {
  id: 'node-problem',
  codes: ['node-problem'],
  needs: ['nodes'],
  analyze: (view) => view.all('Node').flatMap((node) => findingOf(view, node) ?? fromEvents(view, node) ?? []),
}
