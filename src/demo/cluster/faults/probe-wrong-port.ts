import { apps } from '../world/apps.ts'
import { deployment } from '../world/build.ts'
import { ci, restore } from '../world.ts'
import { alert, type Fault } from './fault.ts'

/** Probes that ask a port nobody listens on. */
export const fault: Fault = {
  id: 'probe-wrong-port',
  title: 'Probes on the wrong port',
  whatHappens:
    'A chart change points the probes of storefront at port 8081; it listens on 8080. New pods never become ready and are killed for their liveness.',
  namespace: 'shop',
  target: { kind: 'Deployment', name: 'storefront' },
  gitOwned: false,
  alert: alert(
    'KubePodNotReady',
    'warning',
    { namespace: 'shop', deployment: 'storefront' },
    'Pod has been in a non-ready state for more than 15 minutes.',
    'Pods of shop/storefront have been in a non-ready state for longer than 15 minutes.',
  ),
  inject: ({ store }) => void store.apply(deployment({ ...apps.storefront, probePort: 8081 }), ci),
  heal: (cluster) => restore(cluster, apps.storefront),
}
