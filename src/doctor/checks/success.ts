import { at, conditionOf, conditionsAt, listAt, numberAt, textAt } from '../../domain/at.ts'
import { canonical } from '../../domain/canonical.ts'
import { firstMissing } from '../../domain/contains.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import type { FieldExpectation, SuccessCheck } from '../../domain/plan.ts'
import { parseQuantity } from '../../domain/quantity.ts'

/** How far a success check is: met (for now), not yet, or surely failed. `text` is for people: `2 of 4 ready`. */
export type Progress = { readonly kind: 'met' | 'waiting' | 'failed'; readonly text: string }

/** How a rollout stands: as many pods as wanted, all of the newest template, all available, nothing of the old left. */
export const rolloutProgress = (workload: KubeObject): Progress => {
  const observed = numberAt(workload, 'status', 'observedGeneration') ?? 0
  if (observed < (workload.metadata.generation ?? 0))
    return { kind: 'waiting', text: 'the controller has not seen it yet' }
  const { wanted, updated, available, total } = countsOf(workload)
  const stuck = conditionOf(conditionsAt(workload), 'Progressing')
  if (stuck?.status === 'False' && stuck.reason === 'ProgressDeadlineExceeded')
    return { kind: 'failed', text: `the rollout made no progress in time (${available} of ${wanted} ready)` }
  const met = updated >= wanted && available >= wanted && total <= wanted
  return { kind: met ? 'met' : 'waiting', text: `${Math.min(updated, available)} of ${wanted} ready` }
}

/** How many pods a workload wants, how many are of its newest template, how many are available, and how many there are. */
export const countsOf = (workload: KubeObject) => {
  const status = (name: string) => numberAt(workload, 'status', name) ?? 0
  if (workload.kind === 'DaemonSet') {
    const wanted = status('desiredNumberScheduled')
    return { wanted, updated: status('updatedNumberScheduled'), available: status('numberAvailable'), total: wanted }
  }
  const wanted = numberAt(workload, 'spec', 'replicas') ?? 1
  const available =
    numberAt(workload, 'status', 'availableReplicas') ?? (workload.kind === 'StatefulSet' ? status('readyReplicas') : 0)
  // A StatefulSet that was only scaled keeps one revision, and then updatedReplicas may be left out.
  const oneRevision =
    workload.kind === 'StatefulSet' &&
    textAt(workload, 'status', 'currentRevision') === textAt(workload, 'status', 'updateRevision')
  const updated = oneRevision ? status('replicas') : status('updatedReplicas')
  return { wanted, updated, available, total: status('replicas') }
}

/** Restarts of all containers of these pods: while the number grows, a rollout is not steady, whatever its counters say. */
export const restartsOf = (pods: readonly KubeObject[]): number =>
  pods
    .flatMap((pod) => [
      ...listAt(pod, 'status', 'containerStatuses'),
      ...listAt(pod, 'status', 'initContainerStatuses'),
    ])
    .reduce<number>((sum, status) => sum + (numberAt(status, 'restartCount') ?? 0), 0)

/** Whether a field has its value; a null value means that the field is absent or false. */
export const fieldProgress = (object: KubeObject, check: Extract<SuccessCheck, { kind: 'field-equals' }>): Progress => {
  const found = at(object, ...check.path) ?? null
  const equal = canonical(found === false ? null : found) === canonical(check.value === false ? null : check.value)
  return { kind: equal ? 'met' : 'waiting', text: `${check.path.join('.')} is ${JSON.stringify(found)}` }
}

/** Whether an object holds every field of a manifest, or which one it does not. */
export const holdsProgress = (object: KubeObject, check: Extract<SuccessCheck, { kind: 'holds' }>): Progress => {
  const missing = firstMissing(check.fields, object)
  return missing === undefined
    ? { kind: 'met', text: `${object.kind} ${object.metadata.name} is as it was applied` }
    : { kind: 'waiting', text: `${missing} is not as it was applied` }
}

/** How an ephemeral container stands: one that is to end has succeeded when it ended, whatever it found. */
export const containerProgress = (pod: KubeObject, check: Extract<SuccessCheck, { kind: 'container' }>): Progress => {
  const status = listAt(pod, 'status', 'ephemeralContainerStatuses').find(
    (one) => textAt(one, 'name') === check.container,
  )
  const code = numberAt(status, 'state', 'terminated', 'exitCode')
  if (code !== undefined)
    return check.ends
      ? { kind: 'met', text: code === 0 ? 'the answer is yes (exit code 0)' : `the answer is no (exit code ${code})` }
      : { kind: 'failed', text: `the container ended at once (exit code ${code})` }
  if (at(status, 'state', 'running') !== undefined)
    return { kind: check.ends ? 'waiting' : 'met', text: 'the container runs' }
  const why = textAt(status, 'state', 'waiting', 'reason') ?? 'the kubelet has not started it yet'
  return { kind: 'waiting', text: why }
}

/** What an object that should be gone still waits for. */
export const goingText = ({ kind, metadata }: KubeObject): string => {
  const held = (metadata.finalizers ?? []).join(', ')
  const going = metadata.deletionTimestamp !== undefined
  return `${kind} ${metadata.name} is ${going ? 'going' : 'still there'}${going && held !== '' ? `; ${held} must let it go` : ''}`
}

/** Whether all expectations hold, or the first that does not, as people read it; and whether they never will. */
export const fieldsProgress = (object: KubeObject, check: Extract<SuccessCheck, { kind: 'fields-hold' }>): Progress => {
  const open = check.all.find((one) => !holds(object, one))
  const broken = open === check.all[0] ? undefined : check.never?.find((one) => holds(object, one))
  if (broken !== undefined) return { kind: 'failed', text: saidOf(object, broken) }
  const last = check.all.at(-1)
  if (open !== undefined) return { kind: 'waiting', text: saidOf(object, open) }
  return { kind: 'met', text: last === undefined ? 'nothing was to be checked' : saidOf(object, last) }
}

const saidOf = (object: KubeObject, { path }: FieldExpectation): string => {
  const found = fieldAt(object, path)
  const value = found === undefined ? 'not set' : typeof found === 'object' ? 'there' : JSON.stringify(found)
  return `${path.join('.')} is ${value.slice(0, 120)}`
}

/** The value at a path; a step into a list names the entry by its type or name. */
const fieldAt = (object: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (here, step) =>
      Array.isArray(here)
        ? here.find((item) => textAt(item, 'type') === step || textAt(item, 'name') === step)
        : at(here, step),
    object,
  )

const holds = (object: KubeObject, expected: FieldExpectation): boolean => {
  const found = fieldAt(object, expected.path)
  switch (expected.is) {
    case 'present':
      return found !== undefined && found !== null && found !== ''
    case 'absent':
      return found === undefined || found === null
    case 'equal':
      return found === expected.value
    case 'not-equal':
      return found !== expected.value
    case 'at-least':
    case 'at-most': {
      const [amount, bound] = [amountOf(found ?? 0), amountOf(expected.value)]
      if (amount === undefined || bound === undefined) return false
      return expected.is === 'at-least' ? amount >= bound : amount <= bound
    }
  }
}

const amountOf = (value: unknown): number | undefined =>
  typeof value === 'number' || typeof value === 'string' ? parseQuantity(value) : undefined
