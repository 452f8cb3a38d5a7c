import { parseQuantity } from './quantity.ts'

/** What a kubelet's eviction message says: the resource that ran low, and what each container used of it, in base units. */
export type Eviction = {
  readonly resource: string
  readonly used: readonly { readonly container: string; readonly amount: number; readonly request?: number }[]
}

/**
 * Takes apart `The node was low on resource: memory. Threshold quantity: …, available: …. Container app was using 3Gi,
 * request is 1Gi, has larger consumption of memory.`; undefined for other texts.
 */
export const parseEviction = (message: string | undefined): Eviction | undefined => {
  const resource = /low on resource: ([a-z0-9.\-/]+?)[.\s]/i.exec(`${message ?? ''} `)?.[1]
  if (message === undefined || resource === undefined) return undefined
  const used: { container: string; amount: number; request?: number }[] = []
  for (const found of message.matchAll(/Container (\S+) was using ([^\s,]+?)(?:,|\.?\s)(?: ?request is ([^\s,]+))?/g)) {
    const amount = parseQuantity(found[2])
    const request = parseQuantity(found[3])
    if (amount !== undefined) {
      used.push({ container: found[1] ?? '', amount, ...(request === undefined ? {} : { request }) })
    }
  }
  return { resource, used }
}

/** A pod's own limit of ephemeral storage or of an emptyDir, exceeded: the node is not at fault. */
export const isOwnLimit = (message: string | undefined): boolean =>
  /exceed(?:s|ed) (?:the )?(?:total limit|its local ephemeral storage limit|.*limit)|Usage of EmptyDir volume/i.test(
    message ?? '',
  )
