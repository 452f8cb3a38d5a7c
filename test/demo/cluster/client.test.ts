import { AppsV1Api, CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedCluster, startSimulatedCluster } from '../../../src/demo/cluster/start.ts'

let cluster: SimulatedCluster
const config = (user: 'reader' | 'writer' | 'admin'): KubeConfig => {
  const kubeconfig = new KubeConfig()
  kubeconfig.loadFromString(cluster.kubeconfig(user))
  return kubeconfig
}

beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'prod-eu1' })
})
afterAll(() => cluster.close())

const deployment = {
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } },
  },
}

describe('the simulated API through the official client', () => {
  it('creates, lists, patches and deletes as an administrator', async () => {
    const apps = config('admin').makeApiClient(AppsV1Api)
    const created = await apps.createNamespacedDeployment({ namespace: 'default', body: deployment })
    expect(created.metadata?.generation).toBe(1)
    expect(created.spec?.replicas).toBe(1)
    const patched = await apps.patchNamespacedDeployment(
      { namespace: 'default', name: 'web', body: { spec: { replicas: 3 } } },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    )
    expect(patched.spec?.replicas).toBe(3)
    expect(patched.metadata?.generation).toBe(2)
    const list = await apps.listDeploymentForAllNamespaces()
    expect(list.items.map((item) => item.metadata?.name)).toContain('web')
    await apps.deleteNamespacedDeployment({ namespace: 'default', name: 'web' })
    await expect(apps.readNamespacedDeployment({ namespace: 'default', name: 'web' })).rejects.toMatchObject({
      code: 404,
    })
  })

  it('refuses the reader what it may not do, in the words of the real server', async () => {
    const core = config('reader').makeApiClient(CoreV1Api)
    expect((await core.listNamespace()).items.length).toBeGreaterThan(3)
    const refused = await core
      .listNamespacedSecret({ namespace: 'default' })
      .catch((error: { code: number; body: string }) => error)
    expect(refused).toMatchObject({ code: 403 })
    expect(JSON.parse((refused as { body: string }).body)).toMatchObject({
      reason: 'Forbidden',
      message:
        'secrets is forbidden: User "system:serviceaccount:cluster-doctor:doctor-reader" cannot list resource "secrets" in API group "" in the namespace "default"',
    })
  })

  it('records every request with its user', () => {
    const last = cluster.requests.at(-1)
    expect(last).toMatchObject({
      method: 'GET',
      path: '/api/v1/namespaces/default/secrets',
      status: 403,
      dryRun: false,
    })
    expect(last?.user).toBe('system:serviceaccount:cluster-doctor:doctor-reader')
  })
})
