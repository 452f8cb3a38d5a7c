import { apps, registry } from '../world/apps.ts'
import { deployment, fromSecret } from '../world/build.ts'
import { ci, restore } from '../world.ts'
import { alert, type Fault } from './fault.ts'

/** A release that needs a Secret nobody created in this namespace. */
export const fault: Fault = {
  id: 'missing-secret',
  title: 'A Secret that does not exist',
  whatHappens:
    'CI deploys ledger 1.15.0, which reads its signing key from the Secret ledger-signing-key. Nobody created it in production: new pods stay in CreateContainerConfigError.',
  namespace: 'payments',
  target: { kind: 'Deployment', name: 'ledger' },
  gitOwned: false,
  alert: alert(
    'KubeContainerWaiting',
    'warning',
    { namespace: 'payments', deployment: 'ledger', container: 'ledger', reason: 'CreateContainerConfigError' },
    'Pod container waiting longer than 1 hour',
    'Pod in namespace payments on container ledger has been in waiting state (CreateContainerConfigError).',
  ),
  inject: ({ store }) =>
    void store.apply(
      deployment({
        ...apps.ledger,
        image: `${registry}/payments/ledger:1.15.0`,
        env: [...(apps.ledger.env ?? []), fromSecret('SIGNING_KEY', 'ledger-signing-key', 'key')],
      }),
      ci,
    ),
  heal: (cluster) => restore(cluster, apps.ledger),
}
