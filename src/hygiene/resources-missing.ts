import type { Container } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'
import { asRun, containersText, type Judged, judged } from './reading/specs.ts'

const has = ({ resources }: Container, resource: string, requestToo: boolean): boolean =>
  resources?.limits?.[resource] !== undefined || (requestToo && resources?.requests?.[resource] !== undefined)

const saidOf = (one: Judged): readonly Said[] => {
  const containers = (one.spec.containers ?? []).map((container) => ({
    name: container.name,
    run: asRun(one, container),
  }))
  const names = (without: (container: Container) => boolean) =>
    containers.filter(({ run }) => without(run)).map(({ name }) => name)
  const unrequested = names((container) => !has(container, 'memory', true) || !has(container, 'cpu', true))
  const unlimited = names((container) => !has(container, 'memory', false))
  if (unrequested.length > 0)
    return [
      {
        severity: 'warn',
        object: one.ref,
        summary: `${containersText(unrequested)} without CPU or memory request: placed blindly, first to be evicted`,
        fix: 'set resources.requests.cpu and resources.requests.memory from what it uses (doctor report shows it)',
      },
    ]
  if (unlimited.length > 0)
    return [
      {
        severity: 'info',
        object: one.ref,
        summary: `${containersText(unlimited)} without a memory limit: a leak takes the node's memory, not only its own`,
        fix: 'set resources.limits.memory; a CPU limit is not needed',
      },
    ]
  return []
}

/**
 * Containers without requests, or without a memory limit. A limit counts as the request, and what a LimitRange put into the
 * running pod counts; a missing CPU limit is no fault.
 */
export const check: Check = {
  id: 'resources-missing',
  looksFor: 'containers without requests or memory limits',
  reads: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  look: (view) => judged(view).flatMap(saidOf),
}
