import { numberAt } from '../../domain/at.ts'
import { calicoApplied, kubernetesOrder } from '../../domain/calico-policy.ts'
import { ciliumApplied } from '../../domain/cilium-policy.ts'
import { type Direction, type Flow, networkPolicyApplied } from '../../domain/network-policy.ts'
import { type AppliedPolicy, type PolicyBlock, tieredBlock, unionBlock } from '../../domain/policy-verdict.ts'
import type { ClusterView } from '../../snapshot/view.ts'

/** What keeps a flow from passing in one direction; undefined where nothing does, and where that cannot be told. */
export type PolicyJudge = (direction: Direction, flow: Flow) => PolicyBlock | undefined

const calicoGroups = ['projectcalico.org', 'crd.projectcalico.org']

/**
 * The rules of the network that this cluster has: Kubernetes' own, with Cilium's beside them, or among Calico's in their order.
 * Undefined where there is no policy of any kind.
 */
export const policyJudge = (view: ClusterView): PolicyJudge | undefined => {
  const own = view.all('NetworkPolicy')
  const cilium = ['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy'].flatMap((kind) =>
    view.list(kind, 'cilium.io'),
  )
  // Both groups serve the same objects; where a dump has both, each is asked once.
  const group = calicoGroups.find((one) =>
    ['NetworkPolicy', 'GlobalNetworkPolicy'].some((kind) => view.list(kind, one).length > 0),
  )
  const ownApplied = (direction: Direction, flow: Flow): readonly AppliedPolicy[] =>
    own.flatMap((policy) => networkPolicyApplied(policy, direction, flow) ?? [])
  if (group !== undefined) {
    const calico = ['NetworkPolicy', 'GlobalNetworkPolicy'].flatMap((kind) => view.list(kind, group))
    const tiers = new Map(
      view.list('Tier', group).map((tier) => [tier.metadata.name, numberAt(tier, 'spec', 'order') ?? Infinity]),
    )
    return (direction, flow) =>
      tieredBlock([
        ...ownApplied(direction, flow).map((one) => ({ ...one, ...kubernetesOrder })),
        ...calico.flatMap((policy) => calicoApplied(policy, direction, flow, tiers) ?? []),
      ])
  }
  if (own.length + cilium.length === 0) return undefined
  return (direction, flow) =>
    unionBlock([...ownApplied(direction, flow), ...cilium.flatMap((policy) => ciliumApplied(policy, direction, flow))])
}
