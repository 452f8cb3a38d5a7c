import type { Container, PodSpec, Resources } from './kubernetes.ts'
import { parseQuantity } from './quantity.ts'

/** Amounts by resource name, in base units (cores, bytes, pieces). */
export type Amounts = Readonly<Record<string, number>>

const amountsOf = (container: Container): Record<string, number> => statedAmounts(container.resources)

const statedAmounts = (resources: Resources | undefined): Record<string, number> => {
  const { requests = {}, limits = {} } = resources ?? {}
  const amounts: Record<string, number> = {}
  for (const [name, text] of Object.entries({ ...limits, ...requests })) {
    const amount = parseQuantity(text)
    if (amount !== undefined) amounts[name] = amount
  }
  return amounts
}

/** The sum of two sets of amounts. */
export const addAmounts = (a: Amounts, b: Amounts): Amounts => {
  const sum: Record<string, number> = { ...a }
  for (const [name, amount] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + amount
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
  const running = (spec?.containers ?? []).reduce((sum, container) => addAmounts(sum, amountsOf(container)), sidecars)
  const overhead: Record<string, number> = {}
  for (const [name, text] of Object.entries(spec?.overhead ?? {})) overhead[name] = parseQuantity(text) ?? 0
  // What the pod states for itself as a whole stands for what its containers would come to (Kubernetes 1.32 and newer).
  return addAmounts({ ...greatest(running, init), ...statedAmounts(spec?.resources) }, overhead)
}
