import type { KubeObject } from './kubernetes.ts'

/**
 * An object that a dry run would make, without what the server draws by lot each time (its uid and the names and selectors
 * made of it, addresses, ports, the name of the token's volume), so that two dry runs of one manifest are alike. What the
 * manifest itself sets stays: `wanted` is its text.
 */
export const withoutLots = (made: KubeObject, wanted: string): KubeObject => {
  const { uid, creationTimestamp: _, ...metadata } = made.metadata as KubeObject['metadata'] & Record<string, unknown>
  const text = JSON.stringify({ ...made, metadata })
  const named = uid === undefined ? text : text.replaceAll(uid, 'its-uid')
  const steady = named.replace(/kube-api-access-[a-z0-9]{5}(?=")/g, 'kube-api-access')
  return JSON.parse(steady, (key, value: unknown) =>
    drawn.has(key) && !wanted.includes(`"${key}"`) ? undefined : value,
  )
}

const drawn: ReadonlySet<string> = new Set(['clusterIP', 'clusterIPs', 'nodePort', 'healthCheckNodePort'])
