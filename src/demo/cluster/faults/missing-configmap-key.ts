import { syncFromGit } from '../world/application.ts'
import { apps } from '../world/apps.ts'
import { deployment, fromConfig } from '../world/build.ts'
import { gitOwned } from '../world/objects.ts'
import { alert, type Fault, type FaultCluster } from './fault.ts'

const stamp = (cluster: FaultCluster): string => `${new Date(cluster.now()).toISOString().slice(0, 19)}Z`

/** A commit in the GitOps repository that names a key which the ConfigMap does not have. */
export const fault: Fault = {
  id: 'missing-configmap-key',
  title: 'A configuration key that does not exist (owned by Git)',
  whatHappens:
    'A commit renames the key SMTP_HOST in the Deployment of notifications but not in its ConfigMap. Argo CD applies it; new pods stay in CreateContainerConfigError.',
  namespace: 'platform',
  target: { kind: 'Deployment', name: 'notifications' },
  gitOwned: true,
  alert: alert(
    'KubeContainerWaiting',
    'warning',
    {
      namespace: 'platform',
      deployment: 'notifications',
      container: 'notifications',
      reason: 'CreateContainerConfigError',
    },
    'Pod container waiting longer than 1 hour',
    'Pod in namespace platform on container notifications has been in waiting state (CreateContainerConfigError).',
  ),
  inject: (cluster) => {
    const env = [
      fromConfig('SMTP_HOST', 'notifications-config', 'SMTP_SERVER'),
      fromConfig('SENDER', 'notifications-config', 'SENDER'),
    ]
    syncFromGit(cluster.store, 'Read the mail server from SMTP_SERVER (#431)', 'jon', stamp(cluster), [
      deployment({ ...apps.notifications, env }),
    ])
  },
  heal: (cluster) =>
    syncFromGit(
      cluster.store,
      'Revert "Read the mail server from SMTP_SERVER (#431)"',
      'mara',
      stamp(cluster),
      gitOwned,
    ),
}
