import { apps } from '../world/apps.ts'
import { deployment } from '../world/build.ts'
import { ci, restore } from '../world.ts'
import { alert, type Fault } from './fault.ts'

/** A memory limit below what the program needs. */
export const fault: Fault = {
  id: 'oom',
  title: 'Memory limit too low',
  whatHappens:
    'To save money someone lowers the memory limit of catalog to 192Mi. It needs about 310Mi: the kernel kills it again and again.',
  namespace: 'shop',
  target: { kind: 'Deployment', name: 'catalog' },
  gitOwned: false,
  alert: alert(
    'KubePodCrashLooping',
    'critical',
    { namespace: 'shop', deployment: 'catalog', container: 'catalog', reason: 'CrashLoopBackOff' },
    'Pod is crash looping.',
    'Pods of shop/catalog (catalog) are in waiting state (reason: "CrashLoopBackOff").',
  ),
  inject: ({ store }) =>
    void store.apply(
      deployment({
        ...apps.catalog,
        memory: '128Mi',
        memoryLimit: '192Mi',
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } },
      }),
      ci,
    ),
  heal: (cluster) => restore(cluster, apps.catalog),
}
