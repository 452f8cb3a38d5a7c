import { syncFromGit } from '../world/application.ts'
import { apps, registry } from '../world/apps.ts'
import { deployment } from '../world/build.ts'
import { gitOwned } from '../world/objects.ts'
import { alert, type Fault, type FaultCluster } from './fault.ts'

const stamp = (cluster: FaultCluster): string => `${new Date(cluster.now()).toISOString().slice(0, 19)}Z`

/** A commit in the GitOps repository with an image that was never built. */
export const fault: Fault = {
  id: 'git-bad-image',
  title: 'An image that was never built (owned by Git)',
  whatHappens:
    'A commit moves image-resizer to 2.2.0 before the release was built. Argo CD applies it; new pods cannot pull the image.',
  namespace: 'platform',
  target: { kind: 'Deployment', name: 'image-resizer' },
  gitOwned: true,
  alert: alert(
    'KubeDeploymentRolloutStuck',
    'warning',
    { namespace: 'platform', deployment: 'image-resizer' },
    'Deployment rollout is not progressing.',
    'Rollout of deployment platform/image-resizer is not progressing for longer than 15 minutes.',
  ),
  inject: (cluster) =>
    syncFromGit(cluster.store, 'image-resizer 2.2.0 (#433)', 'jon', stamp(cluster), [
      deployment({ ...apps.imageResizer, image: `${registry}/platform/image-resizer:2.2.0` }),
    ]),
  heal: (cluster) =>
    syncFromGit(cluster.store, 'Revert "image-resizer 2.2.0 (#433)"', 'mara', stamp(cluster), gitOwned),
}
