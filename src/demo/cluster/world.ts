import { createAuthority } from './pki/certificate.ts'
import type { ClusterOptions, SimulatedCluster } from './start.ts'
import type { Fields } from './types.ts'
import { syncFromGit } from './world/application.ts'
import { apps, registry } from './world/apps.ts'
import { behaviours } from './world/behaviours.ts'
import { type App, deployment } from './world/build.ts'
import { node } from './world/nodes.ts'
import { argocd, gitOwned, namespaces, payments, platform, shop } from './world/objects.ts'
import { systemObjects } from './world/system.ts'

type Seeded = Parameters<NonNullable<ClusterOptions['seed']>>[0]

const day = 86_400_000
const hour = 3_600_000
const minute = 60_000

/** Who deploys in this company. */
export const ci = { user: 'ci-deployer', manager: 'ci-deployer' }

/** The options that make a cluster the demo's world: nodes, teams and workloads with a past of some days, all healthy. */
export const world = { images: behaviours, seed } as const satisfies Partial<ClusterOptions>

/** Lets the world happen: it is built 24 days ago, deployed to since, and quiet for the last hours. */
function seed(cluster: Seeded): void {
  const { store, controllers } = cluster
  const stamp = (): string => `${new Date(cluster.now()).toISOString().slice(0, 19)}Z`
  const settle = (): void => controllers.tick(90_000)
  const past = 24 * day
  controllers.skip(-past)
  const started = cluster.now()
  for (let number = 1; number <= 4; number++) store.apply(node(number, stamp()), { manager: 'kubelet' })
  const admin = { user: 'kubernetes-admin', manager: 'kubectl' }
  for (const object of [...namespaces, ...systemObjects]) store.apply(object, admin)
  settle()
  const authority = createAuthority('acme-internal-ca', new Date(cluster.now()))
  const first = earlier([...payments, ...shop, ...platform(authority, new Date(started + past)), ...argocd])
  for (const object of first) store.apply(object, ci)
  syncFromGit(store, 'Add the platform apps', 'mara', stamp(), earlier(gitOwned))
  settle()
  until(cluster, started + 11 * day)
  for (const object of [apps.catalog, apps.search, apps.ledger].map(annotated)) store.apply(object, ci)
  settle()
  until(cluster, started + 18 * day)
  syncFromGit(store, 'notifications 1.6.0, image-resizer 2.1.5 (#412)', 'jon', stamp())
  store.apply(annotated(apps.storefront), ci)
  settle()
  until(cluster, started + past - 6 * day)
  store.apply(annotated(apps.checkout), ci)
  settle()
  const end = started + past
  const quarter = Math.floor((end - 4 * hour) / hour) * hour + hour / 4
  for (let at = quarter; at < end - minute; at += hour) until(cluster, at)
  controllers.skip(end - cluster.now())
}

function until(cluster: Seeded, instant: number): void {
  cluster.controllers.skip(instant - cluster.now())
  cluster.controllers.tick(minute / 2)
}

const previous: Readonly<Record<string, string>> = {
  [`${registry}/payments/checkout:2.8.0`]: `${registry}/payments/checkout:2.7.9`,
  [`${registry}/payments/ledger:1.14.2`]: `${registry}/payments/ledger:1.14.1`,
  [`${registry}/shop/storefront:5.21.0`]: `${registry}/shop/storefront:5.20.3`,
  [`${registry}/shop/catalog:3.4.7`]: `${registry}/shop/catalog:3.4.6`,
  [`${registry}/shop/search:1.9.0`]: `${registry}/shop/search:1.8.6`,
  [`${registry}/platform/notifications:1.6.0`]: `${registry}/platform/notifications:1.5.2`,
  [`${registry}/platform/image-resizer:2.1.5`]: `${registry}/platform/image-resizer:2.1.4`,
}

/** The objects with the images they had before their last deployment. */
function earlier(objects: readonly Fields[]): Fields[] {
  let text = JSON.stringify(objects)
  for (const [now, before] of Object.entries(previous))
    text = text.replaceAll(JSON.stringify(now), JSON.stringify(before))
  return JSON.parse(text) as Fields[]
}

const annotated = (app: App): Fields =>
  deployment({
    ...app,
    annotations: { ...app.annotations, 'kubernetes.io/change-cause': `deploy ${app.image.split('/').at(-1)}` },
  })

/** Applies the world's manifests again as CI does. */
export function restore(cluster: Pick<SimulatedCluster, 'store'>, ...wanted: readonly App[]): void {
  for (const app of wanted) cluster.store.apply(annotated(app), ci)
}
