import { type DeployCheck, type DeployVerdict, type Sample, tellable, worseThan } from '../../domain/deployment.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import type { ClusterReader } from '../../ports.ts'
import type { Doctor } from '../doctor.ts'
import { changeCheck, deployFingerprint, keepAfter, lastAfter, lookAt, readCheck } from './check-store.ts'
import { latencies, podsOfRollout, sampleOf } from './sample.ts'
import { proposeWayBack, tellVerdict } from './tell-verdict.ts'
import { revisionOf } from './workload-state.ts'

/** A rollout that still goes on, or cannot be read, is given so many windows before something is said of it. */
const mostWindows = 3

/** How long the diagnosis of a case is given to find its own way back, in ms. */
const diagnosisTakes = 20_000

/**
 * The `deployed` job: one look at a rollout. The first reads what is left of the pods before it; the last, once the window is
 * over, compares. It only reads; each verdict is told once, however often a look is done again.
 */
export const checkRollout = async (doctor: Doctor, id: string, turn: number, signal: AbortSignal): Promise<void> => {
  const done = await doctor.store.lock(`deployed-${id}`, 60, async () => {
    const check = await readCheck(doctor, id)
    if (check === undefined || check.phase === 'ended' || turn < check.turn) return true
    await step(doctor, check, signal)
    return true
  })
  if (done === undefined)
    await doctor.jobs.add(
      { v: 1, kind: 'deployed', check: id, turn },
      { key: `deployed-${id}-${turn}-again`, delay: 5_000 },
    )
}

const step = async (doctor: Doctor, check: DeployCheck, signal: AbortSignal): Promise<void> => {
  const reader = doctor.readers.get(check.cluster)
  if (reader === undefined) return void (await end(doctor, check, 'unknown'))
  switch (check.phase) {
    case 'before':
      return begin(doctor, check, reader, signal)
    case 'window':
      return compare(doctor, check, reader, signal)
    case 'told':
      await proposeWayBack(doctor, check)
      return void (await changeCheck(doctor, check.id, (known) => ({ ...known, phase: 'ended' })))
    case 'ended':
      return
  }
}

/** The next turn's job first, then its number: a crash between the two leaves a job too many, never none. */
const next = async (
  doctor: Doctor,
  check: DeployCheck,
  delay: number,
  change: (known: DeployCheck) => DeployCheck,
): Promise<DeployCheck> => {
  const turn = check.turn + 1
  await lookAt(doctor, check.id, turn, delay)
  doctor.crashpoint('deployed.next')
  return changeCheck(doctor, check.id, (known) => ({ ...change(known), turn }))
}

const windowMs = (doctor: Doctor): number => doctor.config.afterDeploySeconds * 1000

const begin = async (doctor: Doctor, check: DeployCheck, reader: ClusterReader, signal: AbortSignal): Promise<void> => {
  const read = await reader.get(check.target, signal)
  const seconds = doctor.config.afterDeploySeconds
  const pods = read.kind === 'ok' ? await podsOfRollout(reader, read.value, check, signal) : undefined
  const last = await lastAfter(doctor, deployFingerprint(check.cluster, check.target))
  const old = read.kind === 'ok' && pods !== undefined && pods.old.length > 0 ? pods.old : undefined
  const sample =
    old === undefined || read.kind !== 'ok' ? last : await sampleOf(doctor, reader, read.value, old, seconds, signal)
  const spent = doctor.clock.now() - Date.parse(check.seenAt)
  await next(doctor, check, Math.max(1_000, windowMs(doctor) - spent), (known) => ({
    ...known,
    phase: 'window',
    revertible: known.revertible && pods?.pointless !== true,
    ...beforeOf(known.before, sample),
  }))
}

/** How it stood is known from the look before; what its pods did from what is left of them, else from after the rollout before. */
const beforeOf = (stood: Sample | undefined, pods: Sample | undefined): { readonly before?: Sample } => {
  if (pods === undefined) return stood === undefined ? {} : { before: stood }
  return { before: stood === undefined ? pods : { ...pods, wanted: stood.wanted, available: stood.available } }
}

const compare = async (
  doctor: Doctor,
  check: DeployCheck,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<void> => {
  const read = await reader.get(check.target, signal)
  if (read.kind === 'absent' || (read.kind === 'ok' && read.value.metadata.uid !== check.target.uid))
    return void (await end(doctor, check, 'gone'))
  const last = check.turn >= mostWindows
  if (read.kind === 'unreadable') {
    if (!last) return void (await next(doctor, check, windowMs(doctor), (known) => known))
    return void (await end(doctor, check, 'unknown'))
  }
  if (revisionOf(read.value) !== check.revision) return void (await end(doctor, check, 'superseded'))
  const { before, after } = await samples(doctor, check, reader, read.value, signal)
  const worse = worseThan(before, after)
  // What goes on without being worse than before is given time; so is what could not be read.
  const patient = after.rollout === 'going' || !tellable(after)
  if (!last && patient && !worse.some(({ what, grave }) => grave || what !== 'health'))
    return void (await next(doctor, check, windowMs(doctor), (known) => known))
  const verdict: DeployVerdict = worse.length > 0 ? 'unhealthy' : tellable(after) ? 'healthy' : 'unknown'
  await end(doctor, { ...check, ...(before === undefined ? {} : { before }), after, worse }, verdict)
}

const samples = async (
  doctor: Doctor,
  check: DeployCheck,
  reader: ClusterReader,
  workload: KubeObject,
  signal: AbortSignal,
): Promise<{ readonly before: Sample | undefined; readonly after: Sample }> => {
  const seconds = doctor.config.afterDeploySeconds
  const pods = await podsOfRollout(reader, workload, check, signal)
  const [now, took] = await Promise.all([
    sampleOf(doctor, reader, workload, pods?.fresh, seconds, signal),
    latencies(doctor, check, seconds, signal),
  ])
  const { before } = check
  return {
    before: before === undefined || took.before === undefined ? before : { ...before, latency: took.before },
    after: took.after === undefined ? now : { ...now, latency: took.after },
  }
}

const end = async (doctor: Doctor, check: DeployCheck, verdict: DeployVerdict): Promise<DeployCheck> => {
  const judged: DeployCheck = { ...check, verdict }
  if (verdict === 'healthy' && judged.after !== undefined)
    await keepAfter(doctor, deployFingerprint(check.cluster, check.target), judged.after)
  const incident = await tellVerdict(doctor, judged)
  doctor.crashpoint('deployed.told')
  const found = { ...judged, ...(incident === undefined ? {} : { incident }) }
  const { before, after, worse, revertible } = found
  const kept = (known: DeployCheck): DeployCheck => ({
    ...known,
    verdict,
    revertible,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(worse === undefined ? {} : { worse }),
    ...(incident === undefined ? {} : { incident }),
    phase: incident !== undefined && revertible ? 'told' : 'ended',
  })
  return incident !== undefined && revertible
    ? next(doctor, check, diagnosisTakes, kept)
    : changeCheck(doctor, check.id, kept)
}
