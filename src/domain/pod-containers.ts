import type { Container, ContainerStatus, Pod } from './kubernetes.ts'

/** main: runs as long as the pod; init: runs once before; sidecar: an init container that keeps running (restartPolicy Always). */
export type ContainerRole = 'main' | 'init' | 'sidecar'

/** One container of a pod with what the kubelet says of it; each part absent where the dump lacks it. */
export type PodContainer = {
  readonly name: string
  readonly role: ContainerRole
  readonly container?: Container
  readonly status?: ContainerStatus
}

const unit = (
  role: ContainerRole,
  container: Container | undefined,
  status: ContainerStatus | undefined,
): PodContainer => ({
  name: container?.name ?? status?.name ?? '',
  role,
  ...(container === undefined ? {} : { container }),
  ...(status === undefined ? {} : { status }),
})

const pair = (
  containers: readonly Container[] | undefined,
  statuses: readonly ContainerStatus[] | undefined,
  roleOf: (container: Container | undefined) => ContainerRole,
): readonly PodContainer[] => {
  const known = (containers ?? []).map((container) =>
    unit(
      roleOf(container),
      container,
      statuses?.find((status) => status.name === container.name),
    ),
  )
  const rest = (statuses ?? []).filter(
    (status) => containers?.every((container) => container.name !== status.name) ?? true,
  )
  return [...known, ...rest.map((status) => unit(roleOf(undefined), undefined, status))]
}

// Dozens of checks ask this of each pod, and a pod that was read never changes.
const known = new WeakMap<Pod, readonly PodContainer[]>()

/** All containers of a pod, init containers first, in the order of the spec. */
export const containersOf = (pod: Pod): readonly PodContainer[] => {
  const before = known.get(pod)
  if (before !== undefined) return before
  const all = pairs(pod)
  known.set(pod, all)
  return all
}

const pairs = (pod: Pod): readonly PodContainer[] => [
  ...pair(pod.spec?.initContainers, pod.status?.initContainerStatuses, (one) =>
    one?.restartPolicy === 'Always' ? 'sidecar' : 'init',
  ),
  ...pair(pod.spec?.containers, pod.status?.containerStatuses, () => 'main'),
]

const signals: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
}

/** What an exit code means to a person: `exit code 139 (SIGSEGV: invalid memory access)`. */
export const exitText = (code: number | undefined, signal?: number): string => {
  if (code === undefined) return 'an unknown exit code'
  const number = signal !== undefined && signal > 0 ? signal : code > 128 && code < 160 ? code - 128 : undefined
  if (number !== undefined) {
    const meaning: Readonly<Record<number, string>> = {
      4: ': instruction the CPU lacks',
      6: ': aborted itself',
      9: ': killed',
      11: ': invalid memory access',
      15: ': asked to stop',
    }
    return `exit code ${code} (${signals[number] ?? `signal ${number}`}${meaning[number] ?? ''})`
  }
  const known: Readonly<Record<number, string>> = {
    2: ' (often wrong usage)',
    126: ' (command not executable)',
    127: ' (command not found)',
  }
  return `exit code ${code}${known[code] ?? ''}`
}

/** Whether an event's fieldPath (`spec.containers{app}`) is about this container; an event without one is about the pod. */
export const isAboutContainer = (fieldPath: string | undefined, name: string): boolean =>
  fieldPath === undefined || !fieldPath.includes('{') || fieldPath.endsWith(`{${name}}`)
