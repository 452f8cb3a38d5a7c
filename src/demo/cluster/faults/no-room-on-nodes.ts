import { apps } from '../world/apps.ts'
import { deployment } from '../world/build.ts'
import { ci, restore } from '../world.ts'
import { alert, type Fault } from './fault.ts'

/** A CPU request that no node can satisfy. */
export const fault: Fault = {
  id: 'no-room-on-nodes',
  title: 'No node has room',
  whatHappens:
    'The CPU request of recommendations becomes "6" where "600m" was meant. Nodes have four cores: the new pod cannot be placed anywhere.',
  namespace: 'shop',
  target: { kind: 'Deployment', name: 'recommendations' },
  gitOwned: false,
  alert: alert(
    'KubePodNotScheduled',
    'warning',
    { namespace: 'shop', deployment: 'recommendations' },
    'Pod cannot be scheduled.',
    'A pod of shop/recommendations is pending since no node fits.',
  ),
  inject: ({ store }) =>
    void store.apply(deployment({ ...apps.recommendations, cpu: '6', strategy: { type: 'Recreate' } }), ci),
  heal: (cluster) => restore(cluster, apps.recommendations),
}
