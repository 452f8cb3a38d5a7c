import type { Service } from '../../domain/kubernetes.ts'
import { type NamedService, servicesNamed } from '../../domain/named-services.ts'
import { isLive, isPodReady, longRunning } from '../../domain/pod-state.ts'
import { lasted } from '../../domain/time.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'

/** One setting of a workload as text: an environment variable (ConfigMap values included) or its command line. */
export type Setting = { readonly where: string; readonly text: string }

/** The settings of a workload's containers that could name what it talks to. Values of Secrets are not known. */
export const settingsOf = (view: ClusterView, workload: Workload): readonly Setting[] => {
  const { namespace, name } = workload.ref
  const spec = workload.template?.spec ?? view.get('Pod', namespace, name)?.spec
  const config = (map: string | undefined) =>
    map === undefined ? {} : (view.get('ConfigMap', namespace, map)?.data ?? {})
  return longRunning(spec).flatMap((container) => {
    const env = (container.env ?? []).flatMap(({ name: variable = '', value, valueFrom }) => {
      const ref = valueFrom?.configMapKeyRef
      const text = value ?? (ref?.key === undefined ? undefined : config(ref.name)[ref.key])
      return text === undefined ? [] : [{ where: `env ${variable}`, text }]
    })
    const from = (container.envFrom ?? []).flatMap((source) =>
      Object.entries(config(source.configMapRef?.name)).map(([key, text]) => ({
        where: `env ${key} (ConfigMap ${source.configMapRef?.name ?? ''})`,
        text,
      })),
    )
    const words = [...(container.command ?? []), ...(container.args ?? [])]
      .filter((text) => text.includes(':') || text.includes('.svc'))
      .map((text) => ({ where: `args of ${container.name}`, text }))
    return [...env, ...from, ...words]
  })
}

/** A Service that exists and that a setting names. */
export type NeededService = { readonly service: Service; readonly named: NamedService; readonly setting: Setting }

/** The existing Services that a workload's settings name, each once. */
export const neededServices = (view: ClusterView, workload: Workload): readonly NeededService[] => {
  const found = new Map<Service, NeededService>()
  for (const setting of settingsOf(view, workload))
    for (const named of servicesNamed(setting.text, workload.ref.namespace ?? '')) {
      const service = view.get('Service', named.namespace, named.name)
      if (service !== undefined && !found.has(service)) found.set(service, { service, named, setting })
    }
  return [...found.values()]
}

/** Whether a workload has not been serving for minutes: its pods restart, or run and are not ready. */
export const isUnwell = (view: ClusterView, workload: Workload): boolean => {
  const pods = view.podsOf(workload.ref).filter(isLive)
  const restarting = pods.some((pod) =>
    (pod.status?.containerStatuses ?? []).some((one) => (one.restartCount ?? 0) >= 2 && one.ready !== true),
  )
  return (
    restarting ||
    pods.some(
      (pod) =>
        !isPodReady(pod) && pod.spec?.nodeName !== undefined && lasted(pod.metadata.creationTimestamp, view.now, 300),
    )
  )
}
