/** Where an identity signal comes from. Two of one origin never count as independent. */
export type SignalOrigin = 'transport' | 'data'

/** One independent sign of which cluster is on the other end of a connection. */
export type IdentitySignal = {
  readonly name: 'kube-system-uid' | 'api-ca-spki' | 'api-server-url' | 'oidc-issuer' | 'node-provider'
  readonly origin: SignalOrigin
  readonly value: string
}

/** Which cluster this is: confirmed by at least two signals of different origin, or uncertain with the reason. */
export type ClusterIdentity =
  | { readonly kind: 'confirmed'; readonly cluster: string; readonly signals: readonly IdentitySignal[] }
  | {
      readonly kind: 'uncertain'
      readonly cluster: string
      readonly signals: readonly IdentitySignal[]
      readonly reason: string
    }

/** Confirmed only with one transport and one data signal; anything less is uncertain. */
export const identityOf = (cluster: string, signals: readonly IdentitySignal[]): ClusterIdentity => {
  const origins = new Set(signals.map((signal) => signal.origin))
  return origins.has('transport') && origins.has('data')
    ? { kind: 'confirmed', cluster, signals }
    : { kind: 'uncertain', cluster, signals, reason: `${signals.length} identity signal(s), of too few origins` }
}

/** The names of the signals that differ, or that one side lacks. Empty means: the same cluster. */
export const identityMismatch = (shown: ClusterIdentity, now: ClusterIdentity): readonly string[] => {
  if (shown.kind !== 'confirmed' || now.kind !== 'confirmed') return ['uncertain']
  const seen = new Map(now.signals.map((signal) => [signal.name, signal.value]))
  return shown.signals.filter((signal) => seen.get(signal.name) !== signal.value).map((signal) => signal.name)
}
