import type { Container, PodSpec, Resources } from './kubernetes.ts'
import { parseQuantity } from './quantity.ts'

/** Amounts by resource name, in base units (cores, bytes, pieces). */
export type Amounts = Readonly<Record<string, number>>

const amountsOf = (container: Container): Amounts => statedAmounts(container.resources)

/** The pods of one workload often hold the very same resources. */
const stated = new WeakMap<Resources, Amounts>()

const statedAmounts = (resources: Resources | undefined): Amounts => {
  if (resources === undefined) return {}
  const known = stated.get(resources)
  if (known !== undefined) return known
  const read = readAmounts(resources)
  stated.set(resources, read)
  return read
}

const readAmounts = ({ requests = {}, limits = {} }: Resources): Amounts => {
  const amounts: Record<string, number> = {}
  for (const [name, text] of Object.entries({ ...limits, ...requests })) {
    const amount = parseQuantity(text)
    if (amount !== undefined) amounts[name] = amount
  }
  return amounts
}

/** The sum of two sets of amounts. */
export const addAmounts = (a: Amounts, b: Amounts): Amounts => sumOf([a, b])

/** The sum of sets of amounts. */
export const sumOf = (all: readonly Amounts[]): Amounts => {
  const sum: Record<string, number> = {}
  for (const amounts of all)
    for (const name of Object.keys(amounts)) sum[name] = (sum[name] ?? 0) + (amounts[name] ?? 0)
  return sum
}

const greatest = (a: Amounts, b: Amounts): Amounts => {
  const most: Record<string, number> = { ...a }
  for (const [name, amount] of Object.entries(b)) most[name] = Math.max(most[name] ?? 0, amount)
  return most
}

/**
 * What the scheduler reserves for a pod: its containers and sidecars together, or its largest init step if that is more,
 * plus overhead. A limit without a request counts as the request, as the API server defaults it.
 */
export const podRequests = (spec: PodSpec | undefined): Amounts => {
  let sidecars: Amounts = {}
  let init: Amounts = {}
  for (const container of spec?.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      sidecars = addAmounts(sidecars, amountsOf(container))
      init = greatest(init, sidecars)
    } else {
      init = greatest(init, addAmounts(sidecars, amountsOf(container)))
    }
  }
  const running = sumOf([sidecars, ...(spec?.containers ?? []).map(amountsOf)])
  const overhead: Record<string, number> = {}
  for (const [name, text] of Object.entries(spec?.overhead ?? {})) overhead[name] = parseQuantity(text) ?? 0
  // What the pod states for itself as a whole stands for what its containers would come to (Kubernetes 1.32 and newer).
  return addAmounts({ ...greatest(running, init), ...statedAmounts(spec?.resources) }, overhead)
}
