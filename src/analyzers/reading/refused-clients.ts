import type { Pod } from '../../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../../domain/object.ts'
import { longRunning } from '../../domain/pod-state.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'
import { containerFailures } from './container-failures.ts'
import { neededServices } from './needed-services.ts'
import { sustainedTroubles } from './sustained-troubles.ts'

/** Programs that serve others and log whom they refuse. */
const servers =
  /(?:^|[/_-])(?:mongo|postgres|mysql|mariadb|percona|redis|valkey|keydb|rabbitmq|kafka|cassandra|scylla|elasticsearch|opensearch|clickhouse|cockroach|minio|nats|openldap|keycloak|vault)/i

/** Whether a pod runs a data store or another program that serves others. */
export const isServer = (pod: Pod): boolean => longRunning(pod.spec).some((one) => servers.test(one.image ?? ''))

const refused =
  /does not exist|no pg_hba|auth(?:entication|orization)|not authorized|unauthorized|password|credential|NOAUTH|WRONGPASS|access denied/i

const speaksOf = (text: string, name: string): boolean =>
  new RegExp(`(?<![\\w-])${name.replaceAll('.', '\\.')}(?![\\w-])`).test(text)

/**
 * The workloads whose own log tells that this server refuses them: what the server logs about refusals is then the other side
 * of their trouble. Empty for programs that are no servers.
 */
export const refusedClients = (view: ClusterView, pod: Pod, server: Workload): readonly ObjectRef[] => {
  if (!isServer(pod)) return []
  const services = view.servicesFor(pod)
  const names = [server.ref.name, ...services.map((one) => one.metadata.name)]
  const troubles = [
    ...sustainedTroubles(view).map((one) => ({ workload: one.workload, text: one.entry.text })),
    ...containerFailures(view).map((one) => ({
      workload: one.workload,
      text: (one.log?.entries ?? [])
        .slice(-40)
        .map((entry) => entry.text)
        .join('\n'),
    })),
  ]
  const clients = troubles.filter(({ workload, text }) => {
    if (workload.ref.name === server.ref.name || !refused.test(text)) return false
    const here = workload.ref.namespace === server.ref.namespace
    const needs = neededServices(view, workload).some(({ service }) => services.includes(service))
    const ofIt = server.ref.name.split('-').includes(workload.ref.name)
    return needs || (here && (ofIt || names.some((name) => speaksOf(text, name))))
  })
  return [...new Map(clients.map(({ workload }) => [refKey(workload.ref), workload.ref])).values()]
}
