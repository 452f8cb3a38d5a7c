import { request } from 'node:https'
import type { SimulatedCluster } from '../cluster/start.ts'
import type { RecentLog } from './symptoms.ts'

/** Reads logs through the cluster's own API, as an agent on its nodes would ship them. What cannot be read is ''. */
export const recentLogOf =
  (cluster: SimulatedCluster): RecentLog =>
  (namespace, pod, seconds) =>
    new Promise((resolve) => {
      const url = `${cluster.url}/api/v1/namespaces/${namespace}/pods/${pod}/log?sinceSeconds=${seconds}&limitBytes=100000`
      const asked = request(
        url,
        {
          ca: cluster.caPem,
          headers: { authorization: `Bearer ${cluster.token('admin')}` },
          timeout: 2_000,
        },
        (response) => {
          const parts: Buffer[] = []
          response.on('data', (part: Buffer) => parts.push(part))
          response.on('end', () => resolve(response.statusCode === 200 ? Buffer.concat(parts).toString('utf8') : ''))
        },
      )
      asked.on('timeout', () => asked.destroy())
      asked.on('error', () => resolve(''))
      asked.end()
    })
