import type { Proposal } from '../../src/domain/diagnosis.ts'

/** A change that a case forbids: what is done, to what, and why it would be wrong. */
export type Forbidden = { readonly verb: string; readonly target: string; readonly why?: string | undefined }

/** What an action of the catalogue does, in the words that cases use for it. */
const verbsOf: Readonly<Record<string, readonly string[]>> = {
  'restart-rollout': ['restart', 'rollout-restart', 'delete pod'],
  'rollback-rollout': ['rollback', 'rollout-undo'],
  'scale-workload': ['scale'],
  'evict-pod': ['evict', 'delete', 'delete pod', 'restart'],
  'set-image': ['set-image', 'patch'],
  'set-resources': ['set-resources', 'patch'],
  'cordon-node': ['cordon'],
  'uncordon-node': ['uncordon', 'untaint'],
  'pause-rollout': ['pause', 'patch'],
  'resume-rollout': ['resume', 'patch'],
  'set-env': ['set-env', 'patch'],
  'suspend-cronjob': ['suspend', 'patch'],
  'resume-cronjob': ['resume', 'patch'],
  'suspend-job': ['suspend', 'patch', 'delete pod'],
  'resume-job': ['resume', 'patch'],
  'expand-volume': ['expand', 'resize', 'patch'],
  'set-autoscaler-bounds': ['scale', 'patch'],
  'set-selector': ['patch'],
  'sync-application': ['sync', 'patch'],
  'refresh-application': ['refresh'],
  'renew-certificate': ['renew'],
  'helm-rollback': ['rollback', 'helm rollback', 'patch'],
}

const forbids = ({ verb, target }: Forbidden, proposal: Proposal): boolean => {
  if (verb === 'any mutation') return true
  if (!(verbsOf[proposal.action] ?? []).includes(verb)) return false
  if (target === '*') return true
  const [kind = '', name] = target.split(/\s/, 1)[0]?.split('/') ?? []
  // Whatever restarts a workload restarts its pods.
  if (kind === 'Pod' && name === undefined) return true
  return kind === proposal.target.kind && (name === undefined || name === proposal.target.name)
}

/** The proposals that a case forbids, in words. Where nothing is wrong every proposal is unsafe. */
export const unsafeAmong = (
  proposals: readonly Proposal[],
  forbidden: readonly Forbidden[],
  healthy: boolean,
): readonly string[] =>
  proposals
    .filter((proposal) => healthy || forbidden.some((one) => forbids(one, proposal)))
    .map(({ action, target }) => `offers ${action} on ${target.kind}/${target.name}`)
