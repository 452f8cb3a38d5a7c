import { refOf } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'

/** Services that are open on every node, and how many load balancers are paid for where Services have one each. */
export const check: Check = {
  id: 'exposed-service',
  looksFor: 'NodePort Services, and load balancers that could be shared',
  reads: ['Service'],
  look: (view) => {
    const balanced = view.all('Service').filter(({ spec }) => spec?.type === 'LoadBalancer')
    return view.all('Service').flatMap((service): readonly Said[] => {
      const object = refOf(service)
      const port = service.spec?.ports?.find(({ nodePort }) => nodePort !== undefined)?.nodePort
      if (service.spec?.type === 'NodePort')
        return [
          {
            severity: 'info',
            object,
            summary: `open on ${port === undefined ? 'a port' : `port ${port}`} of every node`,
            fix: 'use ClusterIP behind an Ingress or Gateway, unless something outside needs the node port',
          },
        ]
      // One load balancer is how traffic comes in; several with the same ports could mostly share one.
      if (service.spec?.type !== 'LoadBalancer' || balanced.length < 3) return []
      const web = (service.spec.ports ?? []).every((one) => [80, 443, 8080, 8443].includes(one.port ?? 0))
      if (!web) return []
      return [
        {
          severity: 'info',
          object,
          summary: `one of ${balanced.length} load balancers, for web ports only: each is paid for`,
          fix: 'route it through a shared Ingress or Gateway',
        },
      ]
    })
  },
}
