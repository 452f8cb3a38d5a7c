import type { Principal } from './principal.ts'

/** Text that a person addressed to the doctor, and where it was said. `ts` names the message, where there is one. */
export type Said = {
  readonly text: string
  readonly user: Principal
  readonly channel: string
  readonly thread?: string
  readonly ts?: string
  readonly responseUrl?: string
}

/** A press of one of our buttons: the action, its opaque value, and exactly which message it stood on. */
export type Press = {
  readonly action: string
  readonly value: string
  readonly user: Principal
  readonly channel: string
  readonly message: string
  readonly thread?: string
  readonly trigger?: string
}

/** A modal that was submitted. `values` are the plain texts by block id. */
export type Submitted = {
  readonly view: string
  readonly metadata: string
  readonly values: Readonly<Record<string, string>>
  readonly user: Principal
}

/**
 * What the app does with what people do. `said` is awaited before the ack, so it may only store and enqueue; the others run
 * after the ack. Texts they return are shown to that person only.
 */
export type SlackHandlers = {
  said(said: Said): Promise<string | undefined>
  pressed(press: Press): Promise<void>
  submitted(submitted: Submitted): Promise<void>
  home(user: string): Promise<void>
}
