import { type ClusterIdentity, type IdentitySignal, identityOf } from '../../domain/cluster.ts'
import { parseObject, readWire } from './reads.ts'
import type { Transport } from './transport.ts'

/**
 * Which cluster answers on this transport. Data: the uid of namespace kube-system, which lives in etcd (an etcd restore
 * clones it). Transport: the CA that vouches for the connection the uid came over, and the address. Neither kind alone counts.
 */
export const identify = async (
  transport: Transport,
  cluster: string,
  server: string,
  signal?: AbortSignal,
): Promise<SeenIdentity> => {
  const path = '/api/v1/namespaces/kube-system'
  const answer = await readWire(transport, {
    method: 'GET',
    path,
    deadline: 5_000,
    ...(signal === undefined ? {} : { signal }),
  })
  if (answer.kind !== 'ok') {
    const reason =
      answer.kind === 'absent'
        ? 'it has no namespace kube-system'
        : `namespace kube-system cannot be read: ${answer.message}`
    return { identity: { kind: 'uncertain', cluster, signals: [], reason }, socket: undefined }
  }
  const { body, peer } = answer.value
  const signals: IdentitySignal[] = [{ name: 'api-server-url', origin: 'transport', value: server }]
  const uid = parseObject(body)?.metadata.uid
  if (typeof uid === 'string' && uid !== '') signals.push({ name: 'kube-system-uid', origin: 'data', value: uid })
  if (peer.caSpki !== undefined) signals.push({ name: 'api-ca-spki', origin: 'transport', value: peer.caSpki })
  return { identity: identityOf(cluster, signals), socket: peer.socket }
}

/** An identity and the connection it was seen on. */
export type SeenIdentity = { readonly identity: ClusterIdentity; readonly socket: number | undefined }
