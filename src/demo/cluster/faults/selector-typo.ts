import { apps } from '../world/apps.ts'
import { service } from '../world/build.ts'
import { ci } from '../world.ts'
import { alert, type Fault } from './fault.ts'

/** A Service that selects no pod. */
export const fault: Fault = {
  id: 'selector-typo',
  title: 'Typing error in a Service selector',
  whatHappens:
    'The Service search is applied with the selector "serach". Its pods are fine but nothing routes to them; storefront answers searches with 502.',
  namespace: 'shop',
  target: { kind: 'Service', name: 'search' },
  gitOwned: false,
  alert: alert(
    'HighErrorRate',
    'critical',
    { namespace: 'shop', service: 'storefront', route: 'GET /search' },
    'More than 20 % of requests fail.',
    '38 % of GET /search on shop/storefront answered with 5xx in the last 5 minutes.',
  ),
  inject: ({ store }) =>
    void store.apply(service(apps.search, { selector: { 'app.kubernetes.io/name': 'serach' } }), ci),
  heal: ({ store }) => void store.apply(service(apps.search), ci),
}
