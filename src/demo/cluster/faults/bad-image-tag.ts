import { apps, registry } from '../world/apps.ts'
import { deployment } from '../world/build.ts'
import { ci, restore } from '../world.ts'
import { alert, type Fault } from './fault.ts'

/** A typing error in an image tag: a letter l for the digit 1. */
export const fault: Fault = {
  id: 'bad-image-tag',
  title: 'Typing error in an image tag',
  whatHappens:
    'CI deploys checkout with the tag 2.8.l, which was never pushed. New pods cannot pull it; the rollout stands still.',
  namespace: 'payments',
  target: { kind: 'Deployment', name: 'checkout' },
  gitOwned: false,
  alert: alert(
    'KubeDeploymentRolloutStuck',
    'warning',
    { namespace: 'payments', deployment: 'checkout' },
    'Deployment rollout is not progressing.',
    'Rollout of deployment payments/checkout is not progressing for longer than 15 minutes.',
  ),
  inject: ({ store }) =>
    void store.apply(deployment({ ...apps.checkout, image: `${registry}/payments/checkout:2.8.l` }), ci),
  heal: (cluster) => restore(cluster, apps.checkout),
}
