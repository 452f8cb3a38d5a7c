import { kubectl } from '../domain/kubectl.ts'
import { refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { labelsText } from '../domain/selector.ts'
import type { Analyzer } from './analyzer.ts'
import { isReady } from './reading/workload-health.ts'

/** StatefulSets whose governing Service does not exist, so that their pods have no stable names. */
export const analyzer: Analyzer = {
  id: 'missing-governing-service',
  codes: ['missing-governing-service'],
  needs: ['statefulsets', 'services'],
  analyze: (view) =>
    view.all('StatefulSet').flatMap((owner) => {
      const name = owner.spec?.serviceName
      const { namespace } = owner.metadata
      if (name === undefined || name === '' || (owner.spec?.replicas ?? 1) === 0) return []
      if (view.presence('Service', namespace, name) !== 'absent') return []
      const services = view.all('Service').filter((one) => one.metadata.namespace === namespace)
      const near = nearestName(
        name,
        services.map((one) => one.metadata.name),
      )
      const object: ObjectRef = {
        apiVersion: 'v1',
        kind: 'Service',
        ...(namespace === undefined ? {} : { namespace }),
        name,
      }
      const pods = view.podsOf(refOf(owner))
      const hurt = pods.some((pod) => !isReady(pod))
      const selector = owner.spec?.selector?.matchLabels
      const since = owner.metadata.creationTimestamp
      return [
        {
          code: 'missing-governing-service' as const,
          severity: hurt ? ('critical' as const) : ('warning' as const),
          object,
          summary: `StatefulSet ${owner.metadata.name} names the Service ${name}, which does not exist, so its pods have no DNS names (${owner.metadata.name}-0.${name})${near === undefined ? '' : `; did you mean ${near}?`}`,
          evidence: [
            observe(
              'spec',
              refOf(owner),
              `spec.serviceName: ${name}; Services in ${namespace}: ${services.map((one) => one.metadata.name).join(', ') || 'none'}`,
            ),
          ],
          confidence: hurt ? 0.9 : 0.75,
          affects: [refOf(owner), ...pods.filter((pod) => !isReady(pod)).map(refOf)],
          ...(since === undefined ? {} : { since }),
          fix: [
            `Create the headless Service ${name}: kubectl -n ${namespace} create service clusterip ${name} --clusterip=None, then set its selector to ${labelsText(selector)}`,
            `serviceName of a StatefulSet cannot be changed; to use ${near ?? 'another Service'}: ${kubectl(refOf(owner), 'delete', '--cascade=orphan')} and create it again.`,
          ],
          ...(near === undefined ? {} : { facts: { nearestName: near } }),
        },
      ]
    }),
}
