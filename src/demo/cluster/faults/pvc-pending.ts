import { registry } from '../world/apps.ts'
import { deployment } from '../world/build.ts'
import { ci } from '../world.ts'
import { alert, type Fault } from './fault.ts'

const claim = 'report-archive'

/** A claim of a storage class that this cluster does not have. */
export const fault: Fault = {
  id: 'pvc-pending',
  title: 'A volume claim that is never bound',
  whatHappens:
    'A chart from another cluster brings report-archive with storage class "fast-ssd". There is none of that name: the claim stays pending and so does the pod.',
  namespace: 'platform',
  target: { kind: 'PersistentVolumeClaim', name: claim },
  gitOwned: false,
  alert: alert(
    'KubePersistentVolumeClaimPending',
    'warning',
    { namespace: 'platform', persistentvolumeclaim: claim },
    'PersistentVolumeClaim is pending.',
    'PersistentVolumeClaim platform/report-archive has been pending for longer than 15 minutes.',
  ),
  inject: ({ store }) => {
    store.apply(
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: claim, namespace: 'platform' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'fast-ssd',
          resources: { requests: { storage: '50Gi' } },
        },
      },
      ci,
    )
    store.apply(
      deployment({
        namespace: 'platform',
        name: claim,
        image: `${registry}/platform/image-resizer:2.1.5`,
        replicas: 1,
        port: 8080,
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
        mounts: [{ name: 'data', mountPath: '/data' }],
      }),
      ci,
    )
  },
  heal: ({ store }) => {
    if (store.get('deployments.apps', 'platform', claim) !== undefined)
      store.delete('deployments.apps', 'platform', claim)
    if (store.get('persistentvolumeclaims', 'platform', claim) !== undefined)
      store.delete('persistentvolumeclaims', 'platform', claim)
  },
}
