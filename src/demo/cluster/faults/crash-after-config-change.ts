import { apps } from '../world/apps.ts'
import { configMap, deployment } from '../world/build.ts'
import { ci, restore } from '../world.ts'
import { alert, type Fault } from './fault.ts'

const broken = 'cart-config-b7c25d'

/** A new version of a ConfigMap with a value that the program cannot read. */
export const fault: Fault = {
  id: 'crash-after-config-change',
  title: 'Crash after a configuration change',
  whatHappens:
    'CI rolls cart over to a new ConfigMap in which REDIS_POOL_SIZE is "twenty" instead of 20. The new pods panic when they read it.',
  namespace: 'shop',
  target: { kind: 'Deployment', name: 'cart' },
  gitOwned: false,
  alert: alert(
    'KubePodCrashLooping',
    'critical',
    { namespace: 'shop', deployment: 'cart', container: 'cart', reason: 'CrashLoopBackOff' },
    'Pod is crash looping.',
    'Pods of shop/cart (cart) are in waiting state (reason: "CrashLoopBackOff").',
  ),
  inject: ({ store }) => {
    store.apply(configMap('shop', broken, { REDIS_POOL_SIZE: 'twenty', CART_TTL_HOURS: '72' }), ci)
    store.apply(deployment({ ...apps.cart, envFrom: [{ configMapRef: { name: broken } }] }), ci)
  },
  heal: (cluster) => {
    restore(cluster, apps.cart)
    if (cluster.store.get('configmaps', 'shop', broken) !== undefined)
      cluster.store.delete('configmaps', 'shop', broken)
  },
}
