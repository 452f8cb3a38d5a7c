import { sha256 } from '../../domain/canonical.ts'
import type { DeployCheck } from '../../domain/deployment.ts'
import type { ObjectRef } from '../../domain/object.ts'
import type { Doctor } from '../doctor.ts'

/** How long a check is kept, in seconds: its next rollout is compared with it. */
const keep = 30 * 86_400

/** The name of a rollout: one workload brought to one revision. The same rollout has the same name however it is heard of. */
export const rolloutId = (cluster: string, { kind, namespace = '', name, uid = '' }: ObjectRef, revision: string) =>
  sha256(JSON.stringify(['rollout', cluster, kind, namespace, name, uid, revision])).slice(0, 24)

/** The name of a trouble that a deployment made: equal for all rollouts of a workload. */
export const deployFingerprint = (cluster: string, { kind, namespace = '', name }: ObjectRef): string =>
  sha256(JSON.stringify(['deployment', cluster, kind, namespace, name]))

/** The check of a rollout; undefined where there is none. */
export const readCheck = async (doctor: Pick<Doctor, 'store'>, id: string): Promise<DeployCheck | undefined> =>
  (await doctor.store.get<DeployCheck>('deploy-check', id))?.value

/** Begins the check of a rollout, once: false where it began before, here or in another replica. */
export const beginCheck = async (doctor: Pick<Doctor, 'store' | 'jobs'>, check: DeployCheck): Promise<boolean> => {
  const mine = await doctor.store.put<DeployCheck>('deploy-check', check.id, check, 0, keep)
  // Also where it began before: a crash may have come between its record and its job, and equal jobs collapse.
  const known = mine ? check : await readCheck(doctor, check.id)
  if (known?.phase === 'before') await lookAt(doctor, check.id, 0, 0)
  return mine
}

/** Asks for a look at a rollout in so many ms. Equal turns are asked for once. */
export const lookAt = (doctor: Pick<Doctor, 'jobs'>, check: string, turn: number, delay: number): Promise<void> =>
  doctor.jobs.add({ v: 1, kind: 'deployed', check, turn }, { key: `deployed-${check}-${turn}`, delay })

/** Keeps where a check stands, whatever others added to it meanwhile. Only the holder of its lock calls this. */
export const changeCheck = async (
  doctor: Pick<Doctor, 'store'>,
  id: string,
  change: (known: DeployCheck) => DeployCheck,
): Promise<DeployCheck> => {
  for (let tries = 0; tries < 20; tries += 1) {
    const stored = await doctor.store.get<DeployCheck>('deploy-check', id)
    if (stored === undefined) throw new Error('the check of a rollout is gone')
    const next = change(stored.value)
    if (await doctor.store.put('deploy-check', id, next, stored.version, keep)) return next
  }
  throw new Error('the check of a rollout could not be stored: others kept changing it')
}

/** What a workload was like after its rollout before, for the next one to be compared with. */
export const lastAfter = async (
  doctor: Pick<Doctor, 'store'>,
  fingerprint: string,
): Promise<DeployCheck['after'] | undefined> =>
  (await doctor.store.get<NonNullable<DeployCheck['after']>>('deploy-baseline', fingerprint))?.value

/** Keeps what a workload was like after a rollout that went well. */
export const keepAfter = async (
  doctor: Pick<Doctor, 'store'>,
  fingerprint: string,
  after: NonNullable<DeployCheck['after']>,
): Promise<void> => {
  const stored = await doctor.store.get('deploy-baseline', fingerprint)
  await doctor.store.put('deploy-baseline', fingerprint, after, stored?.version ?? 0, keep)
}
