import type { Draft } from '../actions/action.ts'
import type { Delivery } from '../domain/delivered-by.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import type { PlanReason } from '../domain/plan.ts'

/** What a person or a runbook wants of an object that Git owns, with the live change that is not made. */
export type GitWish = {
  readonly cluster: string
  readonly target: KubeObject
  readonly owner: Delivery
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
  readonly draft: Draft
  readonly reason: PlanReason
  /** The address of the thread that asks for it. */
  readonly thread?: string
}
