import { apps } from '../world/apps.ts'
import { deployment } from '../world/build.ts'
import { ci, restore } from '../world.ts'
import { alert, type Fault } from './fault.ts'

/** A health path that the program does not have: it answers 404 and is killed for it. */
export const fault: Fault = {
  id: 'liveness-wrong-path',
  title: 'Liveness probe on a path that does not exist',
  whatHappens:
    'The probes of search move to /health; the program only knows /healthz and answers 404. The kubelet kills it every half minute.',
  namespace: 'shop',
  target: { kind: 'Deployment', name: 'search' },
  gitOwned: false,
  alert: alert(
    'KubePodCrashLooping',
    'warning',
    { namespace: 'shop', deployment: 'search', container: 'search', reason: 'CrashLoopBackOff' },
    'Pod is crash looping.',
    'Pods of shop/search (search) restart again and again.',
  ),
  inject: ({ store }) => void store.apply(deployment({ ...apps.search, healthPath: '/health' }), ci),
  heal: (cluster) => restore(cluster, apps.search),
}
