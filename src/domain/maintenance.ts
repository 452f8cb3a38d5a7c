/** A time in which signals of a place are counted but nobody is told. `until` is ms since the epoch; absent parts mean all. */
export type MaintenanceWindow = {
  readonly cluster?: string
  readonly namespace?: string
  readonly until: number
  readonly reason: string
  readonly by: string
}
